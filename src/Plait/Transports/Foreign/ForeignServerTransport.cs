using Plait.Connections;
using Plait.Wire.Arguments;

namespace Plait.Transports.Foreign;

/// <summary>The server side of a transport of others, which may throw anything at any place.</summary>
/// <param name="name">Its name in the chain.</param>
/// <param name="transport">Gives the transport; called once, when it is prepared.</param>
/// <param name="keepsState">Whether it gets a state directory.</param>
internal sealed class ForeignServerTransport(string name, Func<IServerTransport> transport, bool keepsState) : IServerTransport
{
    public string Name => name;

    public bool KeepsState => keepsState;

    public async ValueTask<IPreparedServer> PrepareAsync(ServerTransportContext context, CancellationToken cancellationToken)
    {
        try
        {
            IPreparedServer? prepared = await ForeignFailure.BesideAsync(
                () => transport().PrepareAsync(context, cancellationToken)).ConfigureAwait(false); // a constructor may never return
            return new Server(prepared ?? throw ForeignFailure.OfNull($"its preparation"));
        }
        catch (IOException e)
        {
            throw new IOException(ForeignFailure.Said(e), e.HResult); // the errno, which tells a full disk
        }
        catch (UnauthorizedAccessException e)
        {
            throw new UnauthorizedAccessException(ForeignFailure.Said(e), e.InnerException);
        }
        catch (Exception e) when (ForeignFailure.IsForeignToPreparation(e, cancellationToken))
        {
            throw ForeignFailure.Of(e, $"its preparation");
        }
    }

    private sealed class Server(IPreparedServer server) : IPreparedServer
    {
        public PtArguments ClientArguments { get; } = ForeignFailure.Get(() => server.ClientArguments, PtArguments.Empty) ?? PtArguments.Empty;

        public TimeSpan? HandshakeTimeout => ForeignFailure.Get(() => server.HandshakeTimeout, null);

        public TimeSpan? ClosesRejectedAfter => ForeignFailure.Get(() => server.ClosesRejectedAfter, null);

        public bool EndsDirectionsApart => ForeignFailure.Get(() => server.EndsDirectionsApart, true);

        public async ValueTask<ByteConnection> AcceptAsync(ByteConnection wire, CancellationToken cancellationToken)
        {
            try
            {
                return new ForeignConnection(
                    await ForeignFailure.BesideAsync(() => server.AcceptAsync(wire, cancellationToken)).ConfigureAwait(false)
                    ?? throw ForeignFailure.OfNull($"its handshake"));
            }
            catch (Exception e) when (ForeignFailure.IsForeign(e, cancellationToken))
            {
                throw ForeignFailure.Of(e, $"its handshake");
            }
        }

        public void Dispose() => ForeignFailure.Get(() =>
        {
            server.Dispose();
            return true;
        }, otherwise: false);
    }
}
