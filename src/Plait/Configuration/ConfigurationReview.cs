using Plait.Wire.Hints;
using Plait.Wire.Pt;

namespace Plait.Configuration;

/// <summary>Checks the lines against each other when the whole file has been read.</summary>
internal sealed class ConfigurationReview(PlaitConfiguration configuration, FileNotes notes)
{
    private static readonly PtRole[] Roles = [PtRole.Client, PtRole.Server];

    internal void Run()
    {
        foreach (NameReference reference in notes.References)
        {
            if (reference.OrChain)
            {
                ReviewChainName(reference);
            }
            else
            {
                ReviewTransportName(reference);
            }
        }

        foreach (ChainAlias alias in configuration.Aliases.Values)
        {
            ReviewAlias(alias);
        }

        foreach (TunnelDefinition tunnel in configuration.Tunnels)
        {
            ReviewTunnel(tunnel);
        }
    }

    private void ReviewChainName(NameReference reference)
    {
        if (!notes.Mentioned.Contains(new(PtRole.Server, reference.Name)) &&
            ChainResolver.Resolve(configuration, PtRole.Server, reference.Name) is ChainResolution.Failed failed)
        {
            notes.Report(reference.Line, $"{reference.Line.Keyword}: {failed.Why}", failed.Instead);
        }
    }

    private void ReviewTransportName(NameReference reference)
    {
        if (!IsKnown(reference.Name, reference.Role))
        {
            string subject = reference.Role is { } role ? $"a {ChainResolver.Word(role)} transport" : "a transport";
            string instead = Suggest(reference.Name, reference.Role);
            string what = $"{reference.Line.Keyword}: no line declares {subject} {QuotedName.Name(reference.Name)}";
            notes.Report(reference.Line, what, instead);
        }
        else if (reference is { Line.Keyword: "ClientTransportJoint" } &&
            configuration.Client.Transports.GetValueOrDefault(reference.Name)
                is { Source: { TakesProxy: false, IsPartOfPlait: false } source, ClientJoint: ClientJointChoice.Proxy })
        {
            notes.Report(
                reference.Line,
                $"{reference.Line.Keyword}: {QuotedName.Name(reference.Name)} cannot have the proxy joint: {source.Nature.Lack(HopAbility.TakesProxy)}",
                source.Line is not null ? "Write auto or shim." : "Write auto or shim, or let Plait start it with exec.");
        }
        else if (reference is { Line.Keyword: "ServerTransportJoint" } &&
            configuration.Server.Transports.GetValueOrDefault(reference.Name)
                is { Source: TransportSource.Tunnel, ServerJoint: ServerJointChoice.ExtOrPort })
        {
            notes.Report(
                reference.Line,
                $"{reference.Line.Keyword}: {QuotedName.Name(reference.Name)} is a tunnel, which does not speak the Extended ORPort",
                "Write auto or orport. If its program sends the PROXY protocol, write tunnel proxy-protocol exec in its plugin line.");
        }
        else if (reference is { Line.Keyword: "ClientTransportWire" or "ServerTransportWire", Role: { } wireRole } &&
            configuration.For(wireRole).Transports.GetValueOrDefault(reference.Name) is { } declared &&
            WhyNotAtWire(declared, wireRole) is var (why, instead))
        {
            notes.Report(reference.Line, $"{reference.Line.Keyword}: {QuotedName.Name(reference.Name)} {why}", instead);
        }
    }

    /// <summary>Why the chosen owner of the network socket does not suit a transport, and what to write instead; null if it does.</summary>
    private static (string Why, string Instead)? WhyNotAtWire(TransportDeclaration declared, PtRole role) => declared switch
    {
        { Source.IsPartOfPlait: true } => ("is part of Plait, which always owns its network socket", "Remove the line."),
        { Wire: WireChoice.Plait } when role == PtRole.Client && declared.Source.Nature.Lack(HopAbility.LetsPlaitDial) is { } lack =>
            ($"cannot have Plait at the wire: {lack}",
                declared.Source.Line is not null ? "Write auto or self." : "Write auto or self, or let Plait start it with exec."),
        { Wire: WireChoice.Plait, Indirect: true } when role == PtRole.Client =>
            ("ignores the target it is given, so at the wire it always dials the network itself", "Write auto or self."),
        { Wire: WireChoice.Plait, ClientJoint: ClientJointChoice.Shim } when role == PtRole.Client =>
            ("has ClientTransportJoint shim, and Plait can dial the network only for a program that uses it as a proxy",
                "Write auto or self, or ClientTransportJoint auto."),
        _ => null,
    };

    private void ReviewAlias(ChainAlias alias)
    {
        string subject = $"Alias {QuotedName.Name(alias.Name)}";
        if (alias.Hops.FirstOrDefault(hop => !IsKnown(hop, role: null)) is { } unknown)
        {
            string instead = configuration.Aliases.ContainsKey(unknown)
                ? "Hops are transports: write the hops of that alias instead of its name."
                : Suggest(unknown, role: null);
            notes.Problems.Report(alias.At, $"{subject} has a hop {QuotedName.Name(unknown)} that no line declares", instead);
        }
        else if (!Array.Exists(Roles, role => alias.Hops.All(hop => IsKnown(hop, role))))
        {
            notes.Problems.Report(
                alias.At,
                $"{subject} is of no use: its hops are declared, but not all of them for one role",
                "Declare all of them with ClientTransportPlugin, or all with ServerTransportPlugin.");
        }
        else
        {
            ReviewUse(alias, subject);
        }
    }

    private void ReviewTunnel(TunnelDefinition tunnel)
    {
        string subject = $"Tunnel {QuotedName.Name(tunnel.Name)}";
        if (configuration.Aliases.ContainsKey(tunnel.Name)
            || Array.Exists(Roles, role => configuration.For(role).Transports.ContainsKey(tunnel.Name)))
        {
            notes.Problems.Report(tunnel.At, $"{subject} has the name of a transport or chain", "Give the tunnel a name of its own.");
        }
        else if (ChainResolver.ResolveWritten(configuration, tunnel.Role, tunnel.Name, tunnel.Chain) is ChainResolution.Failed failed)
        {
            notes.Problems.Report(tunnel.At, $"{subject}: {failed.Why}", failed.Instead);
        }
    }

    private void ReviewUse(ChainAlias alias, string subject)
    {
        foreach (PtRole role in Roles.Where(role => alias.Hops.All(configuration.For(role).Transports.ContainsKey)))
        {
            if (ChainResolver.Resolve(configuration, role, alias.Name) is ChainResolution.Failed failed)
            {
                notes.Problems.Report(alias.At, $"{subject}: {failed.Why}", failed.Instead);
                return;
            }
        }
    }

    private bool IsKnown(string name, PtRole? role) => RolesOf(role).Any(
        each => configuration.For(each).Transports.ContainsKey(name) || notes.Mentioned.Contains(new(each, name)));

    private static IEnumerable<PtRole> RolesOf(PtRole? role) => role is { } one ? [one] : Roles;

    private string Suggest(string name, PtRole? role)
    {
        IEnumerable<string> known = RolesOf(role).SelectMany(each => configuration.For(each).Transports.Keys);
        return ClosestWord.Find(name, known.Distinct()) is { Count: > 0 } closest
            ? $"Did you mean {QuotedName.Names(closest)}?"
            : $"Declare it with {(role is null ? "ClientTransportPlugin or ServerTransportPlugin" : $"{role}TransportPlugin")}.";
    }
}
