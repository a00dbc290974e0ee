using Plait.Configuration;
using Plait.Processes;
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

    /// <summary>Chooses it.</summary>
    /// <exception cref="DemoException">There is none; the message says why.</exception>
    internal static DemoChain Choose(DemoRequest request) =>
        request.File is null ? OfObfs4Proxy(request.Chain) : OfFile(request.File, request.Chain);

    private static DemoChain OfObfs4Proxy(string? asked)
    {
        bool installed = ProgramFile.Find("obfs4proxy").Path is not null;
        string plugins = installed
            ? "ClientTransportPlugin obfs2,obfs3,obfs4 exec obfs4proxy\nServerTransportPlugin obfs2,obfs3,obfs4 exec obfs4proxy\n"
            : "";
        string hops = asked ?? (installed ? "obfs3|obfs4" : "b64");
        ConfigurationResult result = PlaitConfiguration.Parse($"{plugins}Alias {Alias} {hops}\n", "demo");
        if (result.Problems is [var first, ..])
        {
            throw new DemoException($"{first.What.Replace($"Alias \"{Alias}\"", "--chain", StringComparison.Ordinal)}. {first.Instead}");
        }

        return new(result.Configuration, Alias, hops,
            installed || asked is not null ? "" : "obfs4proxy is not installed (apt-get install obfs4proxy); the in-process b64 stands in");
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
        .Where(chain => chain.Role == role && chain.Chain.Hops is not [{ Source.IsPartOfPlait: true }])
        .Select(chain => chain.Chain.Alias);
}
