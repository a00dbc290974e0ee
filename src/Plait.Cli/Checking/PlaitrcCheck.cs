using System.Net;
using Plait.Configuration;
using Plait.Diagnostics.Failures;
using Plait.Hops;
using Plait.Hops.Managed;
using Plait.Hops.Tunnels;
using Plait.Processes;
using Plait.Transports.Foreign;
using Plait.Wire.Arguments;
using Plait.Wire.Pt;

namespace Plait.Cli.Checking;

/// <summary>Everything that is wrong with one plaitrc, short of starting its programs.</summary>
internal static class PlaitrcCheck
{
    private static readonly PtRole[] s_roles = [PtRole.Client, PtRole.Server];

    /// <summary>Resolves all chains of a plaitrc and those that are named besides, and looks for the programs.</summary>
    /// <param name="file">The plaitrc.</param>
    /// <param name="names">Names to resolve as tor would ask for them, for the roles that know them.</param>
    /// <param name="findings">Gets what is wrong.</param>
    /// <returns>The chains, without those that are one in-process hop.</returns>
    internal static IReadOnlyList<RoleChain> Run(ConfigurationFile file, IReadOnlyCollection<string> names, List<Finding> findings)
    {
        PlaitConfiguration configuration = file.Result.Configuration;
        findings.AddRange(file.Result.Problems.Select(problem => Finding.Problem(problem.At, problem.What, problem.Instead)));
        PtRole[] declared = DeclaredRoles(configuration);
        List<RoleChain> chains = [.. ChainResolver.All(configuration)
            .Where(chain => chain.Chain.Hops is not [{ Source: TransportSource.InProcess }])
            // An alias of what is part of Plait stands on both sides, also in a file that is meant for one.
            .Where(chain => declared.Contains(chain.Role) || chain.Chain.Hops.Any(hop => hop.Source is not TransportSource.InProcess))];
        chains.AddRange(names.SelectMany(name => Asked(configuration, name, findings)));
        if (chains.Count == 0 && configuration.Tunnels.Count == 0 && file.Result.Problems.Count == 0 && names.Count == 0)
        {
            findings.Add(Finding.Problem(
                new(file.Name, 1), "the file declares no transport and no chain",
                "Write a line such as ClientTransportPlugin obfs3,obfs4 exec /usr/bin/obfs4proxy, or remove the # before one."));
        }

        findings.AddRange(chains
            .SelectMany(chain => chain.Chain.Hops)
            .Select(hop => hop.Source.Line).OfType<PluginLine>().Distinct()
            .Select(line => (line.At, Program: ProgramFile.Find(line)))
            .Where(found => found.Program.What is not null)
            .Select(found => Finding.Problem(found.At, found.Program.What!, Finding.Sentence(found.Program.Advice!))));
        findings.AddRange(
            from assembly in chains.SelectMany(chain => chain.Chain.Hops).Select(hop => hop.Source).OfType<TransportSource.Assembly>()
            group assembly by (assembly.At, assembly.FullPath) into once
            let problem = TransportAssembly.ProblemOf(once.Key.FullPath)
            where problem is not null
            select Finding.Problem(once.Key.At, problem.Value.What, Finding.Sentence(problem.Value.Advice)));
        findings.AddRange(TunnelsAtOneAddress(configuration));
        return chains;
    }

    /// <summary>Chains of a bridge that cannot be served: two processes that would have to listen at one address, options of a hop that is not there.</summary>
    /// <param name="configuration">The plaitrc.</param>
    /// <param name="chains">Its chains.</param>
    /// <param name="torrc">What tor says of them, or null.</param>
    internal static IEnumerable<Finding> Unplannable(PlaitConfiguration configuration, IReadOnlyList<RoleChain> chains, TorrcCheck? torrc)
    {
        var claims = new ListenClaims(
            configuration.Server, alias => ListenClaims.AskedFor(configuration.Server, alias, torrc?.ServerAddresses.GetValueOrDefault(alias)));
        var planner = new ServerProcessPlanner(
            configuration, torrc?.ServerOptions ?? new Dictionary<string, PtArguments>(), new HashSet<string>(), claims);
        IEnumerable<Finding> tunnels =
            from chain in chains
            where chain.Role == PtRole.Server
            from found in TunnelCheck.Of(configuration, chain.Chain, torrc?.ServerOptions)
            select torrc is null
                ? Finding.Note(found.At, $"{found.What}, unless torrc gives it", found.Instead)
                : Finding.Problem(found.At, found.What, found.Instead);
        return [.. tunnels.Distinct(), .. WithoutClients(chains, torrc), .. from chain in chains
            where chain.Role == PtRole.Server
            group chain by chain.Chain.Alias into once
            let problem = ProblemOf(once.First().Chain)
            where problem is not null
            let parts = problem.Split("; ", 2)
            select Finding.Problem(configuration.Aliases.GetValueOrDefault(once.Key)?.At, $"{once.Key}: {parts[0]}", parts is [_, var instead] ? Finding.Sentence(instead) : "")];

        string? ProblemOf(ChainDefinition chain)
        {
            string? problem = claims.Add(chain) ?? planner.Add(chain);
            if (problem is not null)
            {
                claims.Release(chain.Alias);
            }

            return problem;
        }
    }

    /// <summary>Ends of tunnels that cannot run together: one command runs all near ends of a file, and one all far ends.</summary>
    private static IEnumerable<Finding> TunnelsAtOneAddress(PlaitConfiguration configuration)
    {
        var known = new List<(TunnelDefinition Tunnel, IPEndPoint Address)>();
        foreach (TunnelDefinition tunnel in configuration.Tunnels)
        {
            if (tunnel.Place is not WrittenPlace.Tcp { Address: { Port: not 0 } address })
            {
                continue;
            }

            if (known.Find(other => other.Tunnel.Role == tunnel.Role && ListenClaims.Collide(other.Address, address)) is { Tunnel: { } first })
            {
                yield return Finding.Problem(
                    tunnel.At, $"Tunnel {QuotedName.Name(tunnel.Name)} listens at the port of the tunnel {QuotedName.Name(first.Name)}",
                    "Give each a port of its own after --listen.");
            }

            known.Add((tunnel, address));
        }
    }

    /// <summary>Chains that the torrc asks for, and whose clients tor is not told (G1): nothing fails, and its statistics lack them.</summary>
    private static IEnumerable<Finding> WithoutClients(IReadOnlyList<RoleChain> chains, TorrcCheck? torrc) =>
        from chain in chains
        where chain.Role == PtRole.Server
            && torrc?.Ours.Any(plugin => plugin.Role == PtRole.Server && plugin.Names.Contains(chain.Chain.Alias)) == true
        from hop in chain.Chain.Hops
        let lack = hop.Source.Nature.Lack(HopAbility.ReportsItsClient)
        where lack is not null
        select Finding.Note(
            hop.Source.Line?.At, $"{chain.Chain.Alias}: tor gets no addresses of clients because of {hop.Name}: {lack}",
            "If its program sends the PROXY protocol, write tunnel proxy-protocol exec.");

    /// <summary>The sides that the file is meant for: those that have a line of their own; without any, both.</summary>
    private static PtRole[] DeclaredRoles(PlaitConfiguration configuration) =>
        s_roles.Where(role => configuration.For(role).Transports.Values.Any(hop => hop.Source is not TransportSource.InProcess)).ToArray()
            is { Length: > 0 } declared ? declared : s_roles;

    /// <summary>A name is checked for each role that knows it; if none does, that is one problem.</summary>
    private static List<RoleChain> Asked(PlaitConfiguration configuration, string name, List<Finding> findings)
    {
        var found = new List<RoleChain>();
        var failures = new List<ChainResolution.Failed>();
        foreach (PtRole role in DeclaredRoles(configuration))
        {
            switch (ChainResolver.Resolve(configuration, role, name))
            {
                case ChainResolution.Found chain:
                    found.Add(new(role, chain.Chain));
                    break;
                case ChainResolution.Failed failed:
                    failures.Add(failed);
                    break;
            }
        }

        if (found.Count == 0)
        {
            findings.AddRange(failures.Distinct().Select(failed => Finding.Problem(null, failed.Why, failed.Instead)));
        }

        return found;
    }
}
