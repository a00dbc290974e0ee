/* The entry of the library. Go exports functions; the struct that describes one is C. */
#include "plait_transport.h"

#include "_cgo_export.h"

static int call_flip(const struct plait_transport_call *call)
{
    return runFlip((struct plait_transport_call *)call);
}

PLAIT_TRANSPORT(plait_transport, call_flip)
