using Plait.Wire.Pt.Messages;

namespace Plait.Wire.Pt.Environments;

/// <summary>What our own environment says: the child's side of section 2 of pt-interfaces.</summary>
public abstract record PtEnvironment
{
    private protected PtEnvironment()
    {
    }

    /// <summary>We are a client PT.</summary>
    /// <param name="Environment">What the parent wants.</param>
    public sealed record Client(ClientEnvironment Environment) : PtEnvironment;

    /// <summary>We are a server PT.</summary>
    /// <param name="Environment">What the parent wants.</param>
    public sealed record Server(ServerEnvironment Environment) : PtEnvironment;

    /// <summary>No PT parent started us: nothing may be said on standard output (E4).</summary>
    public sealed record NotManaged : PtEnvironment;

    /// <summary>The parent's demand cannot be met: print the message, then exit with an error.</summary>
    /// <param name="Message">
    /// ENV-ERROR or VERSION-ERROR, to be printed before VERSION (E6), or PROXY-ERROR, to be printed after it (M16).
    /// </param>
    public sealed record Refused(PtMessage Message) : PtEnvironment;

    /// <summary>
    /// Reads the variables in the order in which their errors are to be reported: role, version, all that is an ENV-ERROR,
    /// and last the proxy. An empty value counts as unset (E5).
    /// </summary>
    /// <param name="variables">Our environment; names are compared as the dictionary compares them.</param>
    /// <param name="forcedRole">
    /// The role given on the command line, which ends the doubt when stale variables leak in (E1, E4).
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
