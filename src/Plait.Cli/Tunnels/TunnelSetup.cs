using Plait.Configuration;
using Plait.Diagnostics.Failures;
using Plait.Wire.Pt;

namespace Plait.Cli.Tunnels;

/// <summary>A tunnel with its chain.</summary>
/// <param name="Definition">The tunnel.</param>
/// <param name="Hops">Its hops, nearest to the application or service first.</param>
internal sealed record PlannedTunnel(TunnelDefinition Definition, IReadOnlyList<string> Hops)
{
    internal string Name => Definition.Name;

    /// <summary>The chain as a person writes it.</summary>
    internal string Chain => string.Join('|', Hops);
}

/// <summary>What a run of <c>plait connect</c>, of <c>plait serve</c> or of the plugin is to do.</summary>
/// <param name="Role">Which end.</param>
/// <param name="Configuration">Declares the transports; each tunnel is an alias of its own name in it.</param>
/// <param name="File">The plaitrc; null if there is none.</param>
/// <param name="Tunnels">The tunnels.</param>
internal sealed record TunnelSetup(PtRole Role, PlaitConfiguration Configuration, ConfigurationFile? File, IReadOnlyList<PlannedTunnel> Tunnels)
{
    internal const string DefaultName = "tunnel";

    /// <summary>How its options are written.</summary>
    internal TunnelWords Words { get; private init; } = TunnelWords.OfCommands;

    /// <summary>Reads the plaitrc and the options.</summary>
    /// <param name="role">Which end.</param>
    /// <param name="file">What <c>-f</c> says, or null.</param>
    /// <param name="name">What <c>--name</c> says, or null.</param>
    /// <param name="options">The options of one tunnel; empty for those of the plaitrc.</param>
    /// <exception cref="TunnelException">Something is wrong with them.</exception>
    internal static TunnelSetup Read(PtRole role, string? file, string? name, TunnelOptions options)
    {
        ConfigurationFile? plaitrc = Load(file, TunnelWords.OfCommands);
        IReadOnlyList<TunnelDefinition> tunnels = options.Values.Count > 0 ? [OfOptions(role, name ?? DefaultName, options)]
            : OfFile(role, name, plaitrc);
        return Of(role, plaitrc, tunnels, TunnelWords.OfCommands);
    }

    /// <summary>Finds the chains of tunnels.</summary>
    /// <param name="role">Which end.</param>
    /// <param name="plaitrc">The plaitrc; null if there is none.</param>
    /// <param name="tunnels">The tunnels.</param>
    /// <param name="words">How their options are written.</param>
    /// <exception cref="TunnelException">A tunnel names no chain, or has a name that is taken.</exception>
    internal static TunnelSetup Of(PtRole role, ConfigurationFile? plaitrc, IReadOnlyList<TunnelDefinition> tunnels, TunnelWords words)
    {
        bool inFront = tunnels.Any(tunnel => tunnel.Place is WrittenPlace.Activated or WrittenPlace.Several);
        PlaitConfiguration configuration = plaitrc?.Result.Configuration ?? FoundPrograms.Read(inFront);
        List<PlannedTunnel> planned = [.. tunnels.Select(tunnel => new PlannedTunnel(tunnel, HopsOf(configuration, role, tunnel, plaitrc, words)))];
        var aliases = new Dictionary<string, ChainAlias>(configuration.Aliases);
        foreach (PlannedTunnel tunnel in planned)
        {
            if (aliases.ContainsKey(tunnel.Name) || configuration.For(role).Transports.ContainsKey(tunnel.Name))
            {
                throw new TunnelException(ExitCode.Configuration,
                    $"the tunnel {tunnel.Name} has the name of a transport or chain; give it a name of its own with {words.Name}{(tunnel.Definition.At is null ? "" : ", or in its line")}");
            }

            aliases[tunnel.Name] = new(tunnel.Name, tunnel.Hops, tunnel.Definition.At ?? new("the command line", 0));
        }

        return new(role, configuration with { Aliases = aliases }, plaitrc, planned) { Words = words };
    }

    /// <summary>The names alone: a plan holds addresses (G5).</summary>
    public override string ToString() => string.Join(' ', Tunnels.Select(tunnel => tunnel.Name));

    /// <summary>Reads the plaitrc that is named, or the first of the usual places; null if none is named and there is none.</summary>
    /// <param name="named">Its path, or null.</param>
    /// <param name="words">How it is named.</param>
    /// <exception cref="TunnelException">It cannot be read, or is wrong.</exception>
    internal static ConfigurationFile? Load(string? named, TunnelWords words)
    {
        if (named is null && !ConfigurationFile.UsualPlaces.Any(System.IO.File.Exists))
        {
            return null;
        }

        if (!ConfigurationFile.TryLoad(named, out ConfigurationFile? file, out string? error, words.FileOption))
        {
            throw new TunnelException(ExitCode.NoInput, error);
        }

        return file.Result.Problems is not [var first, ..] problems ? file
            : throw new TunnelException(ExitCode.Configuration,
                $"{first}{(problems.Count > 1 ? $" ({problems.Count - 1} more: run 'plait check -f {file.Path}')" : "")}");
    }

    private static TunnelDefinition OfOptions(PtRole role, string name, TunnelOptions options)
    {
        if (!TransportName.IsValid(name))
        {
            throw new TunnelException(ExitCode.Usage, "--name is no name: use letters, digits and _, and no digit first");
        }

        TunnelDefinition? tunnel = TunnelBuilder.Build(name, role, null, options, out (string What, string Instead)? problem);
        return tunnel ?? throw new TunnelException(ExitCode.Usage, $"{problem!.Value.What}. {problem.Value.Instead}");
    }

    private static IReadOnlyList<TunnelDefinition> OfFile(PtRole role, string? name, ConfigurationFile? file)
    {
        string command = TunnelOption.WordOf(role);
        if (file is null)
        {
            throw new TunnelException(ExitCode.Usage,
                $"nothing is asked for, and there is no plaitrc with Tunnel lines; 'plait {command} --help' has examples");
        }

        TunnelDefinition[] tunnels = [.. file.Result.Configuration.Tunnels.Where(tunnel => tunnel.Role == role
            && (name is null || tunnel.Name == name))];
        return tunnels switch
        {
            [] when name is null => throw new TunnelException(ExitCode.Configuration,
                $"{file.Path} has no line Tunnel NAME {command}; 'plait {command} --help' has examples"),
            [] => throw new TunnelException(ExitCode.Usage,
                $"{file.Path} has no line Tunnel {name} {command}; see its Tunnel lines, or leave --name out"),
            _ when tunnels.Count(tunnel => tunnel.Place is WrittenPlace.Standard) is > 0 && tunnels.Length > 1 =>
                throw new TunnelException(ExitCode.Configuration,
                    "one of several tunnels uses stdin and stdout; name it with --name, to run it alone"),
            _ => tunnels,
        };
    }

    private static IReadOnlyList<string> HopsOf(PlaitConfiguration configuration, PtRole role, TunnelDefinition tunnel, ConfigurationFile? file,
        TunnelWords words) =>
        ChainResolver.ResolveWritten(configuration, role, tunnel.Name, tunnel.Chain) switch
        {
            ChainResolution.Found found => [.. found.Chain.Hops.Select(hop => hop.Name)],
            ChainResolution.Failed failed when file is null => throw new TunnelException(ExitCode.Unavailable,
                $"{tunnel.Name}: {failed.Why}. Install a program that has it (apt-get install obfs4proxy), or declare it in a plaitrc named with {words.File}."),
            ChainResolution.Failed failed => throw new TunnelException(ExitCode.Configuration, $"{tunnel.Name}: {failed.Why}. {failed.Instead}"),
            _ => throw new InvalidOperationException("A resolution of a new kind."),
        };
}
