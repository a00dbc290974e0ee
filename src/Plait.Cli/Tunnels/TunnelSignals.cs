using System.Runtime.InteropServices;

namespace Plait.Cli.Tunnels;

/// <summary>SIGINT drains: listeners close, connections go on. SIGTERM, and a second SIGINT, end everything. Both stay caught to the end.</summary>
internal sealed class TunnelSignals : IDisposable
{
    private readonly TaskCompletionSource _drain = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _now = new();
    private readonly List<IDisposable> _registrations = [];

    internal TunnelSignals()
    {
        Register(PosixSignal.SIGINT, () =>
        {
            if (!_drain.TrySetResult())
            {
                _now.Cancel();
            }
        });
        Register(PosixSignal.SIGTERM, _now.Cancel);
    }

    /// <summary>Completes at the first SIGINT.</summary>
    internal Task Drain => _drain.Task;

    /// <summary>Fires when everything has to end.</summary>
    internal CancellationToken Now => _now.Token;

    public void Dispose() => _registrations.ForEach(registration => registration.Dispose());

    private void Register(PosixSignal signal, Action heard) => _registrations.Add(PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        heard();
    }));
}
