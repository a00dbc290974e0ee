// The transport flip as a shared library, in Go with goptlib: it inverts each bit. It hides nothing; it shows what a transport
// in Go has to do for plait_transport.h, which is little more than in a program of its own.
//
//	go build -buildmode=c-shared -o libflip.so .
//
//	ClientTransportPlugin flip library /path/of/libflip.so
//	ServerTransportPlugin flip library /path/of/libflip.so
//
// goptlib reads the environment of the process, so it needs a process of its own: library, not library-in-process.
package main

// #cgo CFLAGS: -I${SRCDIR}/../../include
// #include "plait_transport.h"
import "C"

import (
	"io"
	"net"
	"os"
	"sync"

	"git.torproject.org/pluggable-transports/goptlib.git"
)

const name = "flip"

//export runFlip
func runFlip(call *C.struct_plait_transport_call) C.int {
	if C.plait_transport_fits(call) == 0 {
		return C.PLAIT_TRANSPORT_MISFIT
	}
	input := os.NewFile(uintptr(call.input), "input")
	output := os.NewFile(uintptr(call.output), "output")
	defer input.Close()
	defer output.Close()
	pt.Stdout = output

	listen := listenClient
	if os.Getenv("TOR_PT_SERVER_TRANSPORTS") != "" {
		listen = listenServer
	}
	listeners, err := listen()
	if err != nil {
		return 1 // goptlib has printed why
	}
	io.Copy(io.Discard, input)
	for _, listener := range listeners {
		listener.Close()
	}
	return 0
}

func listenClient() ([]net.Listener, error) {
	info, err := pt.ClientSetup(nil)
	if err != nil {
		return nil, err
	}
	if info.ProxyURL != nil {
		return nil, pt.ProxyError("proxies are not supported") // Plait then does without
	}
	var listeners []net.Listener
	for _, asked := range info.MethodNames {
		if asked != name {
			pt.CmethodError(asked, "no such method")
			continue
		}
		socks, err := pt.ListenSocks("tcp", "127.0.0.1:0")
		if err != nil {
			pt.CmethodError(asked, err.Error())
			continue
		}
		go acceptSocks(socks)
		pt.Cmethod(asked, socks.Version(), socks.Addr())
		listeners = append(listeners, socks)
	}
	pt.CmethodsDone()
	return listeners, nil
}

func acceptSocks(listener *pt.SocksListener) {
	for {
		client, err := listener.AcceptSocks()
		if err != nil {
			if e, ok := err.(net.Error); ok && e.Temporary() {
				continue
			}
			return
		}
		go func() {
			defer client.Close()
			remote, err := net.Dial("tcp", client.Req.Target)
			if err != nil {
				client.Reject()
				return
			}
			defer remote.Close()
			if client.Grant(remote.LocalAddr().(*net.TCPAddr)) == nil {
				relay(client.Conn.(*net.TCPConn), remote.(*net.TCPConn))
			}
		}()
	}
}

func listenServer() ([]net.Listener, error) {
	info, err := pt.ServerSetup(nil)
	if err != nil {
		return nil, err
	}
	var listeners []net.Listener
	for _, asked := range info.Bindaddrs {
		if asked.MethodName != name {
			pt.SmethodError(asked.MethodName, "no such method")
			continue
		}
		listener, err := net.ListenTCP("tcp", asked.Addr)
		if err != nil {
			pt.SmethodError(asked.MethodName, err.Error())
			continue
		}
		go acceptNetwork(listener, &info)
		pt.Smethod(asked.MethodName, listener.Addr())
		listeners = append(listeners, listener)
	}
	pt.SmethodsDone()
	return listeners, nil
}

func acceptNetwork(listener *net.TCPListener, info *pt.ServerInfo) {
	for {
		client, err := listener.AcceptTCP()
		if err != nil {
			if e, ok := err.(net.Error); ok && e.Temporary() {
				continue
			}
			return
		}
		go func() {
			defer client.Close()
			tor, err := pt.DialOr(info, client.RemoteAddr().String(), name)
			if err != nil {
				return
			}
			defer tor.Close()
			relay(client, tor)
		}()
	}
}

// relay copies both ways until both have ended; each end of writing is passed on.
func relay(one, other *net.TCPConn) {
	var both sync.WaitGroup
	both.Add(2)
	copyTo := func(to, from *net.TCPConn) {
		defer both.Done()
		if _, err := io.Copy(flipped{to}, from); err != nil {
			from.Close()
			to.Close()
			return
		}
		to.CloseWrite()
	}
	go copyTo(one, other)
	go copyTo(other, one)
	both.Wait()
}

type flipped struct{ to io.Writer }

func (f flipped) Write(bytes []byte) (int, error) {
	changed := make([]byte, len(bytes))
	for i, b := range bytes {
		changed[i] = ^b
	}
	return f.to.Write(changed)
}

func main() {} // c-shared wants one; it is not called
