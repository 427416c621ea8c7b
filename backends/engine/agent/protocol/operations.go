package protocol

// The operations of hostfiles.Tree and of its readers and writers; for files that are
// open the first argument is their number.
const (
	opReadDir = iota + 1
	opLstat
	opOpen
	opReadAt
	opStatOpen
	opCreate
	opReopen
	opWriteAt
	opFinish
	opClose
	opPut // create, write and finish at once
	opMkdir
	opSymlink
	opLink
	opRename
	opRemove
	opSet
	opHold   // another program is about to write this temporary file
	opAdopt  // set the attributes of what was held
	opMounts // mount points of the agent
)
