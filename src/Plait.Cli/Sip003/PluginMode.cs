using System.Runtime.InteropServices;
using Plait.Cli.Tunnels;
using Plait.Diagnostics.Failures;
using Plait.Processes;
using Plait.Wire.Sip003;

namespace Plait.Cli.Sip003;

/// <summary>
/// Plait as a plugin of Shadowsocks (SIP003): an end of a tunnel that gets its addresses and options in the environment. Its parent stops it by
/// SIGTERM (Q12); it also ends when its parent has.
/// </summary>
internal static class PluginMode
{
    /// <summary>Whether Shadowsocks started Plait: it sets its variables, and gives no words.</summary>
    internal static bool IsAsked(string[] words) => words is [] && Sip003Environment.IsSet(OwnEnvironment.Read());

    /// <summary>Runs until the end.</summary>
    /// <returns>The exit code. Its parent ends with any (Q24); the reason is a line on stderr, which the parent shares.</returns>
    internal static async Task<int> RunAsync()
    {
        // Not disposed, as it holds nothing of the system: the signal and the timer do not wait for a call of theirs that is under way.
        var left = new CancellationTokenSource();
        using var registration = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            left.Cancel();
        });
        using var parent = ParentProcess.Watch(left.Cancel, TimeProvider.System);
        try
        {
            PluginPlan plan = await PluginPlan.ReadAsync(OwnEnvironment.Read(), parent.Name, left.Token);
            return (int)await TunnelRun.RunAsync(plan.Setup, plan.Options, new PluginFace(plan.Role), left.Token);
        }
        catch (OperationCanceledException) when (left.IsCancellationRequested)
        {
            return (int)ExitCode.Success;
        }
        catch (TunnelException e)
        {
            StandardStreams.WriteError($"plait: {e.Message}");
            return (int)e.Code;
        }
    }
}
