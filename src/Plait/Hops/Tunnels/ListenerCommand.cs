using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Plait.Chains;
using Plait.Configuration;
using Plait.Connections;
using Plait.Connections.Polling;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Processes;
using Plait.Wire.Addresses;
using Plait.Wire.Arguments;
using Plait.Wire.Pt;
using Plait.Wire.Pt.Environments;
using Plait.Wire.Sip003;

namespace Plait.Hops.Tunnels;

/// <summary>Makes the command line and the environment of a program that listens where it is told to.</summary>
/// <param name="Line">Its plugin line.</param>
/// <param name="Template">The arguments of the line.</param>
/// <param name="Role">The side that it is started for.</param>
/// <param name="Tunnel">How it is told its addresses besides, if it is a tunnel; null for a SOCKS program.</param>
internal sealed record ListenerCommand(PluginLine Line, CommandTemplate Template, PtRole Role, TransportSource.Tunnel? Tunnel)
{
    /// <summary>How messages call its program.</summary>
    internal SafeText Name { get; } = SafeText.Name(Path.GetFileName(Line.Program));

    /// <summary>Without its arguments (G5).</summary>
    public override string ToString() => Line.ToString();

    /// <summary>The arguments of a hop that its program gets. Two connections that differ in others can share a process.</summary>
    internal PtArguments Used(PtArguments arguments) => Tunnel is { IsSip003: true }
        ? WithFixed(arguments)
        : new(arguments.Where(argument => Template.ArgumentKeys.Contains(argument.Key)));

    /// <summary>Why its program cannot be started at all at this moment; null if it is there.</summary>
    internal ProcessDown? Missing() => ProgramFile.Find(Line.Program) is { What: { } what } missing
        ? new(ChainStage.Launch, missing.Cause, SafeText.Own(what)) { Advice = SafeText.Own(missing.Advice!) }
        : null;

    /// <summary>Why a program cannot be started with these arguments and for this target; null if it can.</summary>
    /// <param name="arguments">The arguments of the hop.</param>
    /// <param name="target">Where it would connect to; null for a SOCKS program.</param>
    internal SafeText? Problem(PtArguments arguments, EndPoint? target)
    {
        if (Template.ArgumentKeys.FirstOrDefault(key => arguments.First(key) is null) is { } missing)
        {
            return $"{Name} needs the argument {SafeText.Name(missing)}, which stands in its command line, and got none";
        }

        // An argument with a line end could be taken for two lines by a script; one with a zero byte would be cut.
        if (Used(arguments).Any(argument => argument.Value.Any(char.IsControl)))
        {
            return $"an argument for {Name} has a control character in it";
        }

        if (target is DnsEndPoint { Host: var host } && !host.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_'))
        {
            return $"the target for {Name} has a character that no host name has";
        }

        // The author of a bridge line does not give options to a program of this machine.
        return Template.FilledInDash((word, key) => ValueOf(word, target, arguments, key)) switch
        {
            null => null,
            TemplateWord.Argument => SafeText.Of($"an argument for {Name} begins with a dash, so that the program would take it for an option"),
            _ => SafeText.Of($"the target for {Name} begins with a dash, so that the program would take it for an option"),
        };
    }

    /// <summary>The command.</summary>
    /// <param name="program">The program's file.</param>
    /// <param name="environment">Our own environment.</param>
    /// <param name="listen">Where it is to listen.</param>
    /// <param name="target">Where it is to connect to; null for a SOCKS program.</param>
    /// <param name="arguments">The arguments of the hop.</param>
    /// <param name="state">Its directory.</param>
    internal ChildCommand Make(
        string program, IReadOnlyDictionary<string, string> environment, IPEndPoint listen, EndPoint? target, PtArguments arguments, string state)
    {
        string[] words = Template.Fill((word, key) => word switch
        {
            TemplateWord.Listen => listen.ToString(),
            TemplateWord.ListenHost => listen.Address.ToString(),
            TemplateWord.ListenPort => listen.Port.ToString(CultureInfo.InvariantCulture),
            TemplateWord.State => state,
            _ => ValueOf(word, target, arguments, key),
        });
        return new(program, words, Environment(environment, listen, target, arguments)) { HeedsStdin = false };
    }

    /// <summary>What comes from a connection, or from options; any other place begins with no dash.</summary>
    private static string ValueOf(TemplateWord word, EndPoint? target, PtArguments arguments, string key) => word switch
    {
        TemplateWord.Target => Text(target),
        TemplateWord.TargetHost => HostOf(target),
        TemplateWord.TargetPort => PortOf(target).ToString(CultureInfo.InvariantCulture),
        TemplateWord.Argument => arguments.First(key) ?? "",
        _ => "/",
    };

    private Dictionary<string, string> Environment(
        IReadOnlyDictionary<string, string> inherited, IPEndPoint listen, EndPoint? target, PtArguments arguments)
    {
        if (Tunnel is not { IsSip003: true })
        {
            return ChildEnvironment.Inherit(inherited);
        }

        PtArguments options = WithFixed(arguments);
        (string Host, int Port) from = (listen.Address.ToString(), listen.Port), to = (HostOf(target), PortOf(target));
        return (Role == PtRole.Client // Q3, Q4
            ? new Sip003Environment(to.Host, to.Port, from.Host, from.Port, options)
            : new Sip003Environment(from.Host, from.Port, to.Host, to.Port, options)).For(inherited);
    }

    /// <summary>The options of the line, and those of the hop, which replace them.</summary>
    private PtArguments WithFixed(PtArguments arguments)
    {
        HashSet<string> own = [.. arguments.Select(argument => argument.Key)];
        return new(Tunnel!.Options.Where(option => !own.Contains(option.Key)).Concat(arguments));
    }

    private static string Text(EndPoint? target) => target is DnsEndPoint name
        ? string.Create(CultureInfo.InvariantCulture, $"{name.Host}:{name.Port}")
        : target?.ToString() ?? "";

    private static string HostOf(EndPoint? target) => target switch
    {
        DnsEndPoint name => name.Host,
        IPEndPoint address => address.Address.ToString(),
        _ => "",
    };

    private static int PortOf(EndPoint? target) => target switch
    {
        DnsEndPoint name => name.Port,
        IPEndPoint address => address.Port,
        _ => 0,
    };
}

/// <summary>The starts of one program that listens where it is told to.</summary>
/// <param name="command">Its command.</param>
/// <param name="transport">The transport that it is.</param>
/// <param name="socks">What it speaks, if it is a SOCKS program.</param>
/// <param name="state">Its directory, which is made if the command line names it.</param>
/// <param name="services">What everything shares.</param>
internal sealed class ListenerStart(
    ListenerCommand command, string transport, SocksVersion? socks, StateFolder state, HostServices services)
{
    // Each fails only if another process takes, within milliseconds, the very port that the system has just chosen (Q9).
    private const int PortAttempts = 3;

    /// <summary>A process of a client's that is started, and started again when it has ended, each time at a free port of loopback.</summary>
    /// <param name="target">Where it is to connect to; null for a SOCKS program.</param>
    /// <param name="arguments">The arguments of the hop.</param>
    /// <param name="positions">The positions that it serves.</param>
    internal TransportProcess NewProcess(EndPoint? target, PtArguments arguments, IReadOnlyList<Position> positions) => new(
        command.Name, token => OnLoopbackAsync(target, arguments, token), services.Limits, services.Time, services.Logger,
        new(services.Observer, new(command.Name.ToString(), positions)), services.Scrubber);

    /// <summary>Starts it at a free port of loopback.</summary>
    /// <param name="target">Where it is to connect to; null for a SOCKS program.</param>
    /// <param name="arguments">The arguments of the hop.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="LaunchException">It failed; no process is left.</exception>
    internal async Task<LaunchedTransports> OnLoopbackAsync(EndPoint? target, PtArguments arguments, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                IPEndPoint listen = ExclusiveBind.WithFreePort(new(IPAddress.Loopback, 0));
                return await AtAsync(listen, target, arguments, facesNetwork: false, joint: null, cancellationToken).ConfigureAwait(false);
            }
            catch (LaunchException e) when (e.Down.PortIsTaken && attempt < PortAttempts)
            {
                // Another port.
            }
            catch (SocketException e)
            {
                SafeText why = $"no port could be found for {command.Name}: {services.Scrubber.Scrub(e.Message)}";
                throw new LaunchException(new(ChainStage.Launch, FailureWords.CauseOf(e), why), e);
            }
        }
    }

    /// <summary>Starts it at an address that is given.</summary>
    /// <param name="listen">Where it is to listen.</param>
    /// <param name="target">Where it is to connect to; null for a SOCKS program.</param>
    /// <param name="arguments">The arguments of the hop.</param>
    /// <param name="facesNetwork">Whether it is to be reached from the network.</param>
    /// <param name="joint">The target, if that is a joint of a bridge.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="LaunchException">It failed; no process is left.</exception>
    internal async Task<LaunchedTransports> AtAsync(
        IPEndPoint listen, EndPoint? target, PtArguments arguments, bool facesNetwork, IPEndPoint? joint, CancellationToken cancellationToken)
    {
        await Poller.LeaveAsync(); // files are looked at
        string program = ProgramFile.Find(command.Line.Program).Require();
        if (command.Problem(arguments, target) is { } problem)
        {
            throw new LaunchException(new ProcessDown(ChainStage.Launch, FailureCause.ArgumentWrong, problem) { TakesAnotherConfiguration = true });
        }

        if (command.Template.HasState)
        {
            state.Make(command.Name);
        }

        services.Scrubber.Learn(command.Used(arguments));
        services.Scrubber.Learn(target ?? listen);
        ChildCommand words = command.Make(program, services.Environment, listen, target, arguments, state.Path);
        var request = new ListenerRequest(command.Name, words, listen, facesNetwork)
        {
            IsSip003 = command.Tunnel is { IsSip003: true },
            Joint = joint,
        };
        ChildProcess child = await new ListenerLauncher(services.Children, services.Limits, services.Time, services.Scrubber)
            .LaunchAsync(request, services.Limits.StartTimeout, cancellationToken).ConfigureAwait(false);
        return new(
            child, new Dictionary<string, TransportMethod> { [transport] = new(listen, socks, PtArguments.Empty) },
            new Dictionary<string, ProcessDown>(), ProxyAccepted: false);
    }
}
