using System.Net;
using Plait.Connections;

namespace Plait.Chains.Server;

/// <summary>
/// A connection that Plait made to a child's listener, and that the child is to bring back at its joint. While it is open
/// the joint knows it by its local end point, which the child reports as USERADDR (C10).
/// </summary>
internal sealed class InwardDial(ServerConnection connection, int hop, IPEndPoint source, IPEndPoint listener, ByteConnection stream, ServerProgram program)
    : IAsyncDisposable
{
    /// <summary>Whose it is.</summary>
    internal ServerConnection Connection => connection;

    /// <summary>The hop whose child was dialled.</summary>
    internal int Hop => hop;

    /// <summary>Its local end: what the child sees as its client.</summary>
    internal IPEndPoint Source => source;

    /// <summary>The child's own listener, which was dialled.</summary>
    internal IPEndPoint Listener => listener;

    /// <summary>The bytes towards the child.</summary>
    internal ByteConnection Stream => stream;

    public async ValueTask DisposeAsync()
    {
        program.ForgetBeforeClose(this);
        await stream.DisposeAsync().ConfigureAwait(false);
        await program.ForgetAfterCloseAsync(this).ConfigureAwait(false);
    }
}
