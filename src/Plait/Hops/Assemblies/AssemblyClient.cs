using Plait.Chains;
using Plait.Chains.Client;
using Plait.Configuration;
using Plait.Connections;
using Plait.Diagnostics.Failures;
using Plait.Hops.InProcess;
using Plait.Processes;
using Plait.Transports;
using Plait.Transports.Foreign;

namespace Plait.Hops.Assemblies;

/// <summary>The client side of a transport of a .NET assembly, which is loaded at the start; a failure of that is one of its own chains.</summary>
/// <param name="name">Its name in chains.</param>
/// <param name="source">The assembly.</param>
/// <param name="services">What everything shares.</param>
internal sealed class AssemblyClient(string name, TransportSource.Assembly source, HostServices services) : IClientPlugin
{
    private readonly CancellationTokenSource _stopping = new();
    private Task _start = Task.CompletedTask;
    private volatile InProcessClientHop? _hop;
    private volatile ProcessDown? _down = new(ChainStage.Launch, FailureCause.TimedOut, $"its assembly is still being loaded") { IsUnderWay = true };

    /// <inheritdoc/>
    public IEnumerable<TransportProcess> Processes => [];

    /// <inheritdoc/>
    public IEnumerable<ClientJoint> Joints => [];

    /// <inheritdoc/>
    public Task StartAsync() => _start = LoadAsync();

    /// <inheritdoc/>
    public ClientHop HopOf(TransportDeclaration transport) => new Hop(this);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _start.ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task LoadAsync()
    {
        using var limit = new TimeLimit(services.Time, services.Limits.StartTimeout, _stopping.Token);
        try
        {
            // Beside: a constructor may never return.
            IClientTransport transport = await Task.Run(() => TransportAssembly.Load<IClientTransport>(source.FullPath, source.TypeName))
                .WaitAsync(limit.Token).ConfigureAwait(false);
            _hop = new(new ForeignClientTransport(name, transport));
            _down = null;
        }
        catch (TransportException e)
        {
            _down = new(ChainStage.Launch, e.Failure, e.Detail) { MayPass = false, Advice = e.Advice };
        }
        catch (OperationCanceledException)
        {
            _down = new(
                ChainStage.Launch, _stopping.IsCancellationRequested ? FailureCause.Canceled : FailureCause.TimedOut,
                $"its assembly was not loaded within {services.Limits.StartTimeout.TotalSeconds:0.#} s") { MayPass = false };
        }
    }

    private sealed class Hop(AssemblyClient place) : ClientHop
    {
        internal override ProcessDown? Obstacle(bool wire) => place._down;

        internal override TimeSpan LingerTimeout(Limits limits) => place._hop?.LingerTimeout(limits) ?? limits.LingerTimeout;

        internal override Task<ByteConnection> DialAsync(HopOpening hop, CancellationToken cancellationToken) =>
            place._hop?.DialAsync(hop, cancellationToken) ?? throw hop.Down(place._down!);
    }
}
