"""What the engine has, in typed views."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import _results
from .._arguments.checks import Filters, filter_values, text, yes_or_no
from .._wire.generated.methods import CONTAINER_DETAILS, CONTAINER_VIEWS, IMAGE_DETAILS, IMAGE_VIEWS
from .requests import Requests

if TYPE_CHECKING:
    from .._results.container_details import ContainerDetails
    from .._results.container_views import Container
    from .._results.image_views import Image, ImageDetails


class Views(Requests):
    """Methods that list what the engine has, and describe it."""

    async def containers(
        self,
        filters: Filters = None,
        *,
        all: bool = False,  # noqa: A002 - docker's word
        sizes: bool = False,
    ) -> list[Container]:
        """Return the containers that run; with ``all``, the others too. The newest is the first.

        ``filters`` are those of ``docker ps``, each with a value or a list of values:
        ``{"label": ["team=a", "gpu"], "name": "^train"}``. A ``status`` finds stopped containers
        also without ``all``. With ``sizes`` the engine measures what each container has
        written, which takes it long. Raises InvalidArgument for a filter that does not exist.
        """
        yes_or_no(all, "all")
        yes_or_no(sizes, "sizes")
        request = CONTAINER_VIEWS({"filters": filter_values(filters), "all": all, "sizes": sizes})
        rows = await self._call(request)
        return self._read(
            request,
            lambda: _results.tables.Listing(_results.container_documents.container_of(row, sizes) for row in rows),
        )

    async def container(self, name: str) -> ContainerDetails:
        """Return one container, with its state, exit code, times and configuration.

        The name must match exactly; an ID works too. Raises ContainerNotFound.
        """
        request = CONTAINER_DETAILS({"container": text(name, "name")})
        document = await self._call(request)
        return self._read(request, lambda: _results.container_documents.details_of(document))

    async def images(
        self,
        filters: Filters = None,
        *,
        all: bool = False,  # noqa: A002 - docker's word
    ) -> list[Image]:
        """Return the engine's images; with ``all``, those between layers too.

        ``filters`` are those of ``docker images``: ``{"reference": "team/*", "dangling": False}``.
        Raises InvalidArgument for a filter that does not exist.
        """
        yes_or_no(all, "all")
        request = IMAGE_VIEWS({"filters": filter_values(filters), "all": all})
        rows = await self._call(request)
        return self._read(request, lambda: _results.tables.Listing(map(_results.image_views.image_of, rows)))

    async def image(self, name: str) -> ImageDetails:
        """Return one image, by a reference or its ID, with its platform, layers and configuration.

        Raises ImageNotFound.
        """
        request = IMAGE_DETAILS({"image": text(name, "name")})
        document = await self._call(request)
        return self._read(request, lambda: _results.image_views.image_details_of(document))
