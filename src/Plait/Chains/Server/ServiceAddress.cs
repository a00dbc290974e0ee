using System.Net;

namespace Plait.Chains.Server;

/// <summary>Where a service accepts connections: a closed family.</summary>
[ProgramSeam]
internal abstract record ServiceAddress
{
    private ServiceAddress()
    {
    }

    /// <summary>A TCP address.</summary>
    /// <param name="Address">An <see cref="IPEndPoint"/>, or a name that is resolved anew for each connection.</param>
    [ProgramSeam]
    internal sealed record Tcp(EndPoint Address) : ServiceAddress
    {
        public override string ToString() => "a TCP address"; // G5
    }

    /// <summary>A socket in the file system.</summary>
    /// <param name="Path">Its path.</param>
    [ProgramSeam]
    internal sealed record Unix(string Path) : ServiceAddress
    {
        public override string ToString() => "a Unix socket";
    }
}
