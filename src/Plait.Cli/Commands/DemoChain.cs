using Plait.Configuration;
using Plait.Processes;
using Plait.Transports.BuiltIn;
using Plait.Wire.Pt;

namespace Plait.Cli.Commands;

/// <summary>The chain that the demonstration runs, and the configuration that declares it for both sides.</summary>
/// <param name="Configuration">Declares it.</param>
/// <param name="Name">What the hosts are asked for.</param>
/// <param name="Hops">The chain as a person writes it.</param>
/// <param name="Remark">What the person should know about the choice; empty if nothing.</param>
internal sealed record DemoChain(PlaitConfiguration Configuration, string Name, string Hops, string Remark)
{
    private const string Alias = "demo";

    private static readonly string[] s_ofObfs4Proxy = ["obfs2", "obfs3", "obfs4"];

    /// <summary>Chooses it.</summary>
    /// <exception cref="DemoException">There is none; the message says why.</exception>
    internal static DemoChain Choose(DemoRequest request) =>
        request.File is null ? WithoutFile(request.Chain) : OfFile(request.File, request.Chain);

    /// <summary>What Plait has itself, and of obfs4proxy, if it is installed, what Plait has not.</summary>
    private static DemoChain WithoutFile(string? asked)
    {
        bool installed = ProgramFile.Find("obfs4proxy").Path is not null;
        string others = string.Join(',', s_ofObfs4Proxy.Where(name => !InProcessTransports.Servers.ContainsKey(name)));
        string plugins = installed && others.Length > 0
            ? $"ClientTransportPlugin {others} exec obfs4proxy\nServerTransportPlugin {others} exec obfs4proxy\n"
            : "";
        bool hasObfs4 = installed || InProcessTransports.Servers.ContainsKey("obfs4");
        string hops = asked ?? (hasObfs4 ? "obfs3|obfs4" : "obfs3");
        ConfigurationResult result = PlaitConfiguration.Parse($"{plugins}Alias {Alias} {hops}\n", "demo");
        if (result.Problems is [var first, ..])
        {
            throw new DemoException($"{first.What.Replace($"Alias \"{Alias}\"", "--chain", StringComparison.Ordinal)}. {first.Instead}");
        }

        return new(result.Configuration, Alias, hops,
            hasObfs4 || asked is not null ? "" : "obfs4proxy is not installed (apt-get install obfs4proxy); Plait's own obfs3 stands alone");
    }

    private static DemoChain OfFile(string path, string? asked)
    {
        if (!ConfigurationFile.TryLoad(path, out ConfigurationFile? file, out string? error))
        {
            throw new DemoException(error);
        }

        if (file.Result.Problems is [var first, ..])
        {
            throw new DemoException($"{first}; 'plait check -f {path}' tells all");
        }

        PlaitConfiguration configuration = file.Result.Configuration;
        string name = asked ?? FirstOfBothSides(configuration)
            ?? throw new DemoException($"{path} declares no chain for both a client and a bridge; name one with --chain, and declare its transports for both");
        if (name.Contains('|', StringComparison.Ordinal))
        {
            var chain = new ChainAlias(Alias, name.Split('|', StringSplitOptions.TrimEntries), new(path, 0));
            configuration = configuration with { Aliases = new Dictionary<string, ChainAlias>(configuration.Aliases) { [Alias] = chain } };
            name = Alias;
        }

        string hops = "";
        foreach (PtRole role in new[] { PtRole.Client, PtRole.Server })
        {
            switch (ChainResolver.Resolve(configuration, role, name))
            {
                case ChainResolution.Found found:
                    hops = string.Join('|', found.Chain.Hops.Select(hop => hop.Name));
                    break;
                case ChainResolution.Failed failed:
                    throw new DemoException($"{failed.Why}. {failed.Instead}");
            }
        }

        return new(configuration, name, hops, "");
    }

    /// <summary>Aliases come first: they are what a person wrote the file for.</summary>
    private static string? FirstOfBothSides(PlaitConfiguration configuration)
    {
        HashSet<string> client = [.. NamesOf(configuration, PtRole.Client)];
        return NamesOf(configuration, PtRole.Server).FirstOrDefault(client.Contains);
    }

    private static IEnumerable<string> NamesOf(PlaitConfiguration configuration, PtRole role) => ChainResolver.All(configuration)
        .Where(chain => chain.Role == role && chain.Chain.Hops is not [{ Source: TransportSource.InProcess }])
        .Select(chain => chain.Chain.Alias);
}
