# Written by go run ./tools/wire. Change the Go side instead.
"""What EVENT frames hold, by what an operation is about."""

from .bridge import StdinEvent
from .builds import BuildDisplayEvent, BuildLogEvent, BuildPlainEvent, BuildStatusEvent, BuildVertexEvent
from .images import LayerEvent, StatusEvent
from .networks import ListeningEvent, RefusedEvent
from .stats import ContainerStats
from .streams import InputEvent, Progress, ReconnectedEvent, RescheduledEvent, StartedEvent, WaitingEvent, WarningEvent

BuildEvent = BuildDisplayEvent | BuildVertexEvent | BuildLogEvent | BuildStatusEvent | BuildPlainEvent | WarningEvent
ForwardEvent = ListeningEvent | RefusedEvent | WarningEvent
ImageEvent = Progress | LayerEvent | StatusEvent | WarningEvent
OperationEvent = ReconnectedEvent | WaitingEvent | WarningEvent
ProcessEvent = InputEvent | StartedEvent | RescheduledEvent | StdinEvent | WarningEvent
StatsEvent = ContainerStats | WarningEvent
TransferEvent = Progress | WarningEvent
Event = BuildEvent | ForwardEvent | ImageEvent | OperationEvent | ProcessEvent | StatsEvent | TransferEvent
