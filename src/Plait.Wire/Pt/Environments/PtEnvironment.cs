using Plait.Wire.Pt.Messages;

namespace Plait.Wire.Pt.Environments;

/// <summary>Reads our own environment: the child's side of pt-spec 3.2.</summary>
public abstract record PtEnvironment
{
    private protected PtEnvironment()
    {
    }

    /// <summary>The parent wants a client PT.</summary>
    /// <param name="Environment">The parent's settings.</param>
    public sealed record Client(ClientEnvironment Environment) : PtEnvironment;

    /// <summary>The parent wants a server PT.</summary>
    /// <param name="Environment">The parent's settings.</param>
    public sealed record Server(ServerEnvironment Environment) : PtEnvironment;

    /// <summary>No PT parent started this process: it must not print protocol lines (E4).</summary>
    public sealed record NotManaged : PtEnvironment;

    /// <summary>The parent's settings cannot be used: the caller prints the message and exits with an error.</summary>
    /// <param name="Message">
    /// ENV-ERROR or VERSION-ERROR, printed before VERSION (E6), or PROXY-ERROR, printed after VERSION (M16).
    /// </param>
    public sealed record Refused(PtMessage Message) : PtEnvironment;

    /// <summary>
    /// Reads the variables in the order in which their errors are reported: role, version, all causes of ENV-ERROR, and the proxy last. An empty
    /// value counts as unset (E5).
    /// </summary>
    /// <param name="variables">Our environment. The dictionary decides whether case matters in names.</param>
    /// <param name="forcedRole">
    /// The role from the command line, or null. It decides if stale variables name both roles or none (E1, E4).
    /// </param>
    public static PtEnvironment Read(IReadOnlyDictionary<string, string> variables, PtRole? forcedRole)
    {
        var reader = new PtEnvironmentReader(variables);
        bool client = reader.Optional(PtVariables.ClientTransports) is not null;
        bool server = reader.Optional(PtVariables.ServerTransports) is not null;
        if (forcedRole is null && client && server)
        {
            return new Refused(new EnvErrorMessage(
                $"{PtVariables.ClientTransports} and {PtVariables.ServerTransports} are both set; " +
                "say which one counts with --role client or --role server"));
        }

        if (forcedRole is null && !client && !server)
        {
            return new NotManaged();
        }

        PtRole role = forcedRole ?? (client ? PtRole.Client : PtRole.Server);
        return reader.CheckVersion() is { } refusal ? new Refused(refusal) : reader.Read(role);
    }
}
