package localfiles

import (
	"github.com/moby/buildkit/session/filesync"
	"github.com/tonistiigi/fsutil"
	"github.com/tonistiigi/fsutil/types"
	"google.golang.org/grpc"

	"github.com/proboscis/ml_nexus_go/core"
)

// Folders sends the engine what it may read from this machine, as BuildKit's client does,
// but in larger pieces: each costs both sides a message, and the client a wait.
type Folders struct{ filesync.FileSyncServer }

// NewFolders returns the folders by BuildKit's names for them.
func NewFolders(mounts map[string]fsutil.FS) (*Folders, error) {
	dirs := filesync.StaticDirSource{}
	for name, mount := range mounts {
		owned, err := fsutil.NewFilterFS(guardedFS{mount}, &fsutil.FilterOpt{Map: ownedByRoot})
		if err != nil {
			return nil, err
		}
		dirs[name] = owned
	}
	server, ok := filesync.NewFSSyncProvider(dirs).(filesync.FileSyncServer)
	if !ok {
		return nil, core.Errorf(core.KindInternalError, "BuildKit's client sends folders in another way now")
	}
	return &Folders{server}, nil
}

func ownedByRoot(_ string, stat *types.Stat) fsutil.MapResult {
	stat.Uid, stat.Gid = 0, 0
	return fsutil.MapResultKeep
}

// Register implements session.Attachable.
func (f *Folders) Register(server *grpc.Server) { filesync.RegisterFileSyncServer(Guarded{server}, f) }

// DiffCopy implements filesync.FileSyncServer.
func (f *Folders) DiffCopy(stream filesync.FileSync_DiffCopyServer) error {
	return f.FileSyncServer.DiffCopy(&gathering{FileSync_DiffCopyServer: stream, files: map[uint32][]byte{}})
}

// gathering joins consecutive pieces of a file. (fsutil reads 32 KiB at a time.) It gets
// one piece at a time, from at most four files.
type gathering struct {
	filesync.FileSync_DiffCopyServer
	files map[uint32][]byte // not sent yet
	spare [][]byte
}

// gathered is how much of a file is sent at once. (Engines accept messages of up to 4 MiB.)
const gathered = 1 << 20

// SendMsg implements grpc.ServerStream.
func (g *gathering) SendMsg(m any) error {
	packet, ok := m.(*types.Packet)
	if !ok || packet.Type != types.PACKET_DATA {
		return g.FileSync_DiffCopyServer.SendMsg(m)
	}
	if len(packet.Data) == 0 {
		return g.end(packet)
	}
	data, begun := g.files[packet.ID]
	if last := len(g.spare) - 1; !begun && last >= 0 {
		data, g.spare = g.spare[last], g.spare[:last]
	}
	data = append(data, packet.Data...)
	if len(data) >= gathered {
		g.files[packet.ID] = data[:0]
		return g.send(packet.ID, data)
	}
	g.files[packet.ID] = data
	return nil
}

// end sends the rest of a file, and then its end.
func (g *gathering) end(packet *types.Packet) error {
	if data, begun := g.files[packet.ID]; begun {
		delete(g.files, packet.ID)
		g.spare = append(g.spare, data[:0])
		if err := g.send(packet.ID, data); err != nil {
			return err
		}
	}
	return g.FileSync_DiffCopyServer.SendMsg(packet)
}

// send sends data, which may be reused afterwards.
func (g *gathering) send(file uint32, data []byte) error {
	if len(data) == 0 { // which would mean the file's end
		return nil
	}
	return g.FileSync_DiffCopyServer.SendMsg(&types.Packet{Type: types.PACKET_DATA, ID: file, Data: data})
}
