using System.Net;
using System.Net.Sockets;

namespace Plait.Connections;

/// <summary>Where an end of a tunnel accepts connections: a closed family.</summary>
[ProgramSeam]
internal abstract record ListenPlace
{
    private ListenPlace()
    {
    }

    /// <summary>A TCP address.</summary>
    /// <param name="Address">Port 0 for one of the system's choice. A wildcard address takes both families.</param>
    [ProgramSeam]
    internal sealed record Tcp(IPEndPoint Address) : ListenPlace
    {
        public override string ToString() => "a TCP address";
    }

    /// <summary>A socket in the file system (unix(7)).</summary>
    /// <param name="Path">Its path.</param>
    [ProgramSeam]
    internal sealed record Unix(string Path) : ListenPlace
    {
        public override string ToString() => "a Unix socket";
    }

    /// <summary>A socket that listens already, made by the service manager (sd_listen_fds(3)). It is never unbound.</summary>
    /// <param name="Socket">Owned by the listener from then on.</param>
    [ProgramSeam]
    internal sealed record Inherited(Socket Socket) : ListenPlace
    {
        public override string ToString() => "a socket of the service manager";
    }

    /// <summary>No listener, but one connection that exists.</summary>
    /// <param name="Connection">The connection, owned by the listener from then on.</param>
    [ProgramSeam]
    internal sealed record Given(SocketConnection Connection) : ListenPlace
    {
        public override string ToString() => "a connection";
    }
}
