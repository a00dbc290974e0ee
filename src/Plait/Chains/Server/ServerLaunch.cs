using Plait.Configuration;
using Plait.Connections;
using Plait.Diagnostics;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Processes;
using Plait.Wire.Arguments;
using Plait.Wire.Pt;
using Plait.Wire.Pt.Environments;

namespace Plait.Chains.Server;

/// <summary>The starts of one server child: what it is given, and what is learned from its answers.</summary>
internal sealed class ServerLaunch(
    ServerProcessPlan plan,
    StateFolder state,
    ExtOrPortJoint? extOrPort,
    OrPortJoint? orPort,
    ServerListenAddresses listen,
    ServerAnnouncements announcements,
    HostServices services)
{
    private bool _loggedThatHangsAreNotSeen;

    /// <summary>One start.</summary>
    /// <exception cref="LaunchException">It failed; no process is left.</exception>
    internal async Task<LaunchedTransports> RunAsync(CancellationToken cancellationToken)
    {
        listen.Reset();
        LaunchedTransports launched = await LaunchWithPortsAsync(cancellationToken).ConfigureAwait(false);
        Learn(launched.Methods.Values.Select(method => method.Arguments)); // only its clients may know them
        foreach ((string transport, TransportMethod method) in launched.Methods)
        {
            announcements.Publish(transport, method);
        }

        if (!_loggedThatHangsAreNotSeen && launched.Methods.Any(method => AcceptQueue.Of(listen.BoundAt(method.Value, method.Key)) is null))
        {
            _loggedThatHangsAreNotSeen = true;
            ChainLog.HangsAreNotSeen(services.Logger, plan.Name);
        }

        return launched;
    }

    /// <summary>
    /// Starts it; and once more, with ports that Plait chooses, if a transport was to choose its own port and cannot be used with that. Some
    /// transports refuse port 0 (snowflake and webtunnel's servers, R2). Some announce an address that they invented (webtunnel, R1): the port
    /// that they chose is not known then, and another program may listen at the announced address.
    /// </summary>
    private async Task<LaunchedTransports> LaunchWithPortsAsync(CancellationToken cancellationToken)
    {
        long started = services.Time.GetTimestamp(); // both attempts have one limit together (M31)
        try
        {
            LaunchedTransports launched = await LaunchAsync(services.Limits.StartTimeout, cancellationToken).ConfigureAwait(false);
            bool again = true; // also if no port can be had, which is thrown
            try
            {
                again = listen.ChoosePorts(transport =>
                    !launched.Methods.TryGetValue(transport, out TransportMethod? method) || !listen.IsThere(method, transport));
                if (!again)
                {
                    return launched;
                }
            }
            finally
            {
                if (again)
                {
                    await launched.Process.DisposeAsync().ConfigureAwait(false);
                }
            }
        }
        catch (LaunchException e) when (e.Stage == ChainStage.Negotiation && e.Cause != FailureCause.TimedOut && listen.ChoosePorts(_ => true))
        {
            // It refused all of them: that may have been for the port.
        }

        TimeSpan left = services.Limits.StartTimeout - services.Time.GetElapsedTime(started);
        return await LaunchAsync(left > TimeSpan.Zero ? left : TimeSpan.FromMilliseconds(1), cancellationToken).ConfigureAwait(false);
    }

    private async Task<LaunchedTransports> LaunchAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        ChildCommand command = PluginCommand.Of(plan.Line, services.LibraryHost, services.IsolatesLibraries);
        string? cookie = PrepareState();
        Learn(plan.Options.Values);
        Dictionary<string, string> environment = ChildEnvironment.ForServer(services.Environment, new()
        {
            Transports = plan.Transports,
            StateLocation = state.Path,
            ExitOnStdinClose = true,
            BindAddresses = plan.Transports.ToDictionary(transport => transport, listen.Given),
            Options = plan.Options,
            ExtendedServerPort = extOrPort?.EndPoint,
            AuthCookieFile = cookie,
            OrPort = orPort?.EndPoint,
        });
        return await services.Launcher.LaunchAsync(
            new(plan.Name, PtRole.Server, plan.Transports, command with { Environment = environment })
            {
                Listener = plan.PublicAddress is null ? null : listen.Given(plan.Transports[0]),
                StateFolder = state.Path,
                OptionKeys = [.. plan.Options.Values.SelectMany(options => options).Select(option => option.Key).Distinct()],
            },
            limit, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes the files that the child needs: its directory, its cookie.</summary>
    /// <returns>The cookie's file, or null if it gets none.</returns>
    private string? PrepareState()
    {
        state.Make(plan.Name);
        try
        {
            return extOrPort?.WriteCookie();
        }
        catch (Exception e) when (DiskErrors.IsOne(e))
        {
            throw StateTrouble.NotMade(plan.Name, state.Path, e);
        }
    }

    private void Learn(IEnumerable<PtArguments> given)
    {
        foreach (PtArguments arguments in given)
        {
            services.Scrubber.Learn(arguments);
        }
    }
}
