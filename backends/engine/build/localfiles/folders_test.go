package localfiles

import (
	"bytes"
	"testing"

	"github.com/moby/buildkit/session/filesync"
	"github.com/tonistiigi/fsutil/types"
)

// sink takes the messages that would go to the engine.
type sink struct {
	filesync.FileSync_DiffCopyServer
	got      map[uint32][]byte
	ended    []uint32
	messages int
}

func (s *sink) SendMsg(m any) error {
	packet := m.(*types.Packet)
	s.messages++
	switch {
	case packet.Type != types.PACKET_DATA:
	case len(packet.Data) == 0:
		s.ended = append(s.ended, packet.ID)
	default:
		s.got[packet.ID] = append(s.got[packet.ID], packet.Data...)
	}
	return nil
}

// TestGathering gives the pieces of several files in turn.
func TestGathering(t *testing.T) {
	to := &sink{got: map[uint32][]byte{}}
	g := &gathering{FileSync_DiffCopyServer: to, files: map[uint32][]byte{}}
	give := func(kind types.Packet_PacketType, id uint32, data []byte) {
		if err := g.SendMsg(&types.Packet{Type: kind, ID: id, Data: data}); err != nil {
			t.Fatal(err)
		}
	}
	const piece = 32 << 10
	sizes := map[uint32]int{0: 0, 1: 1, 2: piece, 3: gathered - 1, 4: gathered, 5: gathered + 1, 6: 3*gathered + 5}
	buffer := make([]byte, piece) // used again each time, as fsutil does
	for at := 0; at <= 3*gathered+5+piece; at += piece {
		for id, size := range sizes {
			switch {
			case at < size:
				part := buffer[:min(piece, size-at)]
				for i := range part {
					part[i] = byte(int(id) + (at+i)/7)
				}
				give(types.PACKET_DATA, id, part)
			case at-piece < size:
				give(types.PACKET_DATA, id, nil)
			}
		}
	}
	give(types.PACKET_FIN, 0, nil)
	for id, size := range sizes {
		want := make([]byte, size)
		for i := range want {
			want[i] = byte(int(id) + i/7)
		}
		if !bytes.Equal(to.got[id], want) {
			t.Errorf("file of %d bytes: other content arrived, %d bytes", size, len(to.got[id]))
		}
	}
	if len(to.ended) != len(sizes) || len(g.files) != 0 {
		t.Errorf("the ends of %v were sent, %d are kept", to.ended, len(g.files))
	}
	if to.messages > 20 { // 7 ends, the last message, and 1+1+1+1+2+4 with data
		t.Errorf("%d messages", to.messages)
	}
}
