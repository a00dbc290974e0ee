using System.CommandLine;
using System.Net;
using Plait.Configuration;
using Plait.Hosting;
using Plait.Processes;
using Plait.Wire.Pt;

namespace Plait.Cli.Commands;

/// <summary>
/// <c>plait check</c>: reads the plaitrc, resolves its chains, looks for the programs, and says what each chain will be.
/// Every problem at once.
/// </summary>
internal static class CheckCommand
{
    private const int AllWell = 0;
    private const int Problems = 1;

    internal static Command Create()
    {
        var file = new Option<string?>("--file", "-f")
        {
            Description = $"The plaitrc. Default: the first that exists of {string.Join(", ", ConfigurationFile.UsualPlaces)}",
            HelpName = "FILE",
        };
        var names = new Argument<string[]>("CHAIN")
        {
            Description = "Names to check as tor would ask for them, besides all that the file declares",
            Arity = ArgumentArity.ZeroOrMore,
        };
        names.Validators.Add(result =>
        {
            // The library takes an option that it does not know for a name.
            foreach (string word in result.Tokens.Select(token => token.Value).Where(word => word.StartsWith('-')).Take(1))
            {
                result.AddError($"'{word}' is not understood");
            }
        });
        var command = new Command("check", "Reads the plaitrc and tells what each chain will be, and everything that is wrong") { file, names };
        command.SetAction(parsed => Run(parsed.GetValue(file), parsed.GetValue(names)!));
        return command;
    }

    private static int Run(string? path, string[] names)
    {
        if (!ConfigurationFile.TryLoad(path, out ConfigurationFile? file, out string? error))
        {
            Console.Error.WriteLine($"plait: {error}");
            return Problems;
        }

        PlaitConfiguration configuration = file.Result.Configuration;
        var problems = new List<string>(file.Result.Problems.Select(problem => problem.ToString()));
        List<RoleChain> chains = [.. ChainResolver.All(configuration)
            .Where(chain => chain.Chain.Hops.Any(hop => hop.Source is not TransportSource.InProcess))];
        chains.AddRange(names.SelectMany(name => Asked(configuration, name, problems)));

        foreach (PtRole role in new[] { PtRole.Client, PtRole.Server })
        {
            Print([.. chains.Where(chain => chain.Role == role)]);
        }

        problems.AddRange(chains
            .SelectMany(chain => chain.Chain.Hops)
            .Select(hop => hop.Source).OfType<TransportSource.Managed>().Select(source => source.Line).Distinct()
            .Select(line => (line, Problem: ProgramFile.Find(line.Program).Problem))
            .Where(found => found.Problem is not null)
            .Select(found => $"{found.line.At}: {found.Problem}."));
        problems.AddRange(Unplannable(configuration, chains));
        foreach (string problem in problems)
        {
            Console.Error.WriteLine($"problem: {problem}");
        }

        Console.WriteLine(problems.Count == 0
            ? $"{file.Path}: {chains.Count} chains, no problems"
            : $"{file.Path}: {chains.Count} chains, {problems.Count} {(problems.Count == 1 ? "problem" : "problems")}");
        return problems.Count == 0 ? AllWell : Problems;
    }

    /// <summary>Chains of a bridge that cannot be served beside the others: two processes that would have to listen at one address.</summary>
    private static IEnumerable<string> Unplannable(PlaitConfiguration configuration, List<RoleChain> chains)
    {
        var planner = new ServerProcessPlanner(
            configuration, new Dictionary<string, PtArguments>(), new HashSet<string>(),
            alias => configuration.Server.ListenAddresses.GetValueOrDefault(alias, new(IPAddress.Any, 0)));
        return [.. from chain in chains
            where chain.Role == PtRole.Server
            group chain by chain.Chain.Alias into once
            let problem = planner.Add(once.Key, once.First().Chain)
            where problem is not null
            select $"{once.Key}: {problem}."];
    }

    /// <summary>A name is checked for each role that knows it; if none does, that is one problem.</summary>
    private static List<RoleChain> Asked(PlaitConfiguration configuration, string name, List<string> problems)
    {
        var found = new List<RoleChain>();
        var failures = new List<string>();
        foreach (PtRole role in new[] { PtRole.Client, PtRole.Server })
        {
            switch (ChainResolver.Resolve(configuration, role, name))
            {
                case ChainResolution.Found chain:
                    found.Add(new(role, chain.Chain));
                    break;
                case ChainResolution.Failed failed:
                    failures.Add($"{failed.Why}. {failed.Instead}");
                    break;
            }
        }

        if (found.Count == 0)
        {
            problems.AddRange(failures.Distinct());
        }

        return found;
    }

    private static void Print(List<RoleChain> chains)
    {
        if (chains.Count == 0)
        {
            return;
        }

        string role = chains[0].Role == PtRole.Client ? "client" : "bridge";
        foreach (ChainDefinition chain in chains.Select(chain => chain.Chain))
        {
            Console.WriteLine(chain.ToString() == chain.Alias ? $"{role}: {chain}" : $"{role}: {chain.Alias} = {chain}");
            for (int index = 0; index < chain.Hops.Count; index++)
            {
                TransportDeclaration hop = chain.Hops[index];
                string name = hop.Name + (hop.Indirect ? " (indirect)" : "");
                string joint = JointOf(chains[0].Role, hop, wire: index == chain.Hops.Count - 1);
                Console.WriteLine($"  {index}  {name,-16}  {ProgramOf(hop),-24}  {joint}");
            }
        }

        Console.WriteLine();
    }

    private static string ProgramOf(TransportDeclaration hop) => hop.Source switch
    {
        TransportSource.Managed managed when ProgramFile.Find(managed.Line.Program).Path is { } path => path,
        TransportSource.Managed managed => $"{managed.Line.Program}: missing",
        TransportSource.Unmanaged => "runs already",
        _ => "in process",
    };

    private static string JointOf(PtRole role, TransportDeclaration hop, bool wire) => (hop.Source, role) switch
    {
        (TransportSource.InProcess, _) => "none",
        (TransportSource.Unmanaged, _) => wire ? "dials the network itself" : "shim",
        (_, PtRole.Server) when wire && ServerProcessPlanner.ListensItself(hop) => $"listens on the public address; {ServerJointOf(hop, alone: true)}",
        (_, PtRole.Server) => ServerJointOf(hop, alone: false),
        _ when wire && (hop.Indirect || hop.Wire == WireChoice.Self) => "dials the network itself",
        _ when wire && hop.Wire == WireChoice.Plait => "proxy",
        _ => hop.ClientJoint switch
        {
            ClientJointChoice.Proxy => "proxy",
            _ when hop.Indirect && !wire => "proxy; the chain is refused if the program takes none",
            ClientJointChoice.Shim => wire ? "dials the network itself" : "shim",
            _ => wire ? "proxy; or dials the network itself if the program takes none" : "proxy; shim if the program takes none",
        },
    };

    private static string ServerJointOf(TransportDeclaration hop, bool alone) => hop.ServerJoint switch
    {
        ServerJointChoice.ExtOrPort => "Extended ORPort",
        ServerJointChoice.OrPort => alone ? "ORPort, without client addresses" : "ORPort, without client addresses, a process for each position",
        _ => "Extended ORPort; ORPort if the program knows no other",
    };
}
