using Plait.Connections;

namespace Plait.Transports.Foreign;

/// <summary>The client side of a transport of others, which may throw anything at any place.</summary>
/// <param name="name">Its name in the chain.</param>
/// <param name="transport">The transport.</param>
internal sealed class ForeignClientTransport(string name, IClientTransport transport) : IClientTransport
{
    public string Name => name;

    public TimeSpan? HandshakeTimeout => ForeignFailure.Get(() => transport.HandshakeTimeout, null);

    public bool EndsDirectionsApart => ForeignFailure.Get(() => transport.EndsDirectionsApart, true);

    public IClientHandshake Prepare(ClientTransportContext context)
    {
        try
        {
            return new Handshake(transport.Prepare(context) ?? throw ForeignFailure.OfNull($"its preparation"));
        }
        catch (Exception e)
        {
            throw ForeignFailure.Of(e, $"its preparation");
        }
    }

    /// <summary>The same, beside: it may never return. If it returns after the cancellation, what it made is disposed.</summary>
    internal async Task<IClientHandshake> PrepareAsync(ClientTransportContext context, CancellationToken cancellationToken)
    {
        Task<IClientHandshake> preparation = ForeignFailure.BesideAsync(() => new ValueTask<IClientHandshake>(Prepare(context)));
        try
        {
            return await preparation.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _ = ForeignFailure.DisposeLateAsync(preparation);
            throw;
        }
    }

    private sealed class Handshake(IClientHandshake handshake) : IClientHandshake
    {
        public async ValueTask<ByteConnection> ConnectAsync(ByteConnection wire, CancellationToken cancellationToken)
        {
            try
            {
                return new ForeignConnection(
                    await ForeignFailure.BesideAsync(() => handshake.ConnectAsync(wire, cancellationToken)).ConfigureAwait(false)
                    ?? throw ForeignFailure.OfNull($"its handshake"));
            }
            catch (Exception e) when (ForeignFailure.IsForeign(e, cancellationToken))
            {
                throw ForeignFailure.Of(e, $"its handshake");
            }
        }

        public void Dispose() => ForeignFailure.Get(() =>
        {
            handshake.Dispose();
            return true;
        }, otherwise: false);
    }
}
