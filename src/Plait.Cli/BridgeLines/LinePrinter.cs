using System.Globalization;
using System.Net;
using Plait.Cli.Checking;
using Plait.Cli.Tunnels;
using Plait.Configuration;
using Plait.Diagnostics.Failures;
using Plait.Processes;
using Plait.Wire.Addresses;
using Plait.Wire.Arguments;
using Plait.Wire.Hints;
using Plait.Wire.Pt;
using Plait.Wire.Torrc;

namespace Plait.Cli.BridgeLines;

/// <summary>Which bridge lines are asked for.</summary>
/// <param name="File">The plaitrc whose chains alone are meant, or null.</param>
/// <param name="State">The state location, or null for the usual ones.</param>
/// <param name="Torrc">The torrc of the bridge, or null.</param>
/// <param name="Names">The chains or tunnels; empty for all.</param>
/// <param name="Addresses">The public addresses; empty for that of this machine.</param>
/// <param name="Fingerprint">The fingerprint of the bridge, or null for that in tor's data directory.</param>
internal sealed record LineRequest(
    string? File, string? State, string? Torrc, IReadOnlyList<string> Names, IReadOnlyList<string> Addresses, string? Fingerprint)
{
    /// <summary>Nothing of it (G5).</summary>
    public override string ToString() => nameof(LineRequest);
}

/// <summary>Finishes the bridge lines of bridges and far ends.</summary>
internal static class LinePrinter
{
    // Of Debian's tor; other bridges name theirs with --torrc or --state.
    private const string DataDirectory = "/var/lib/tor";
    private const string StateName = "pt_state"; // E11

    private const int FingerprintLength = 40;

    /// <summary>Finishes them.</summary>
    /// <param name="request">Which.</param>
    /// <param name="notes">Gets what a person has to know of them.</param>
    /// <exception cref="LineException">They cannot be finished.</exception>
    internal static IReadOnlyList<BridgeLine> Lines(LineRequest request, Action<string> notes)
    {
        List<(IPAddress Address, int? Port)> addresses = [.. request.Addresses.Select(Address)];
        if (request.Fingerprint is { } given && !IsFingerprint(given))
        {
            throw new LineException(ExitCode.Usage, "--fingerprint is not 40 hex digits; copy it from the file fingerprint in tor's data directory");
        }

        ConfigurationFile? file = Load(request.File);
        List<KeptLine> kept = [.. KeptLines.Find(Locations(request), file?.Name, notes)
            .Where(line => file is null || Has(file.Result.Configuration, line.Chain)) // the file of a chain that has gone is still there
            .Where(line => request.Names.Count == 0 || request.Names.Contains(line.Chain) || request.Names.Contains(line.Line.Name))];
        if (request.Names.FirstOrDefault(name => !kept.Exists(line => line.Chain == name || line.Line.Name == name)) is { } missing)
        {
            throw new LineException(ExitCode.NoInput,
                $"{(TransportName.IsValid(missing) ? missing : "--name")}: no chain or tunnel of this name has been started; without --name all are printed");
        }

        return [.. from line in kept
                   from address in addresses.Count > 0 ? addresses : [Own(line, notes)]
                   select Finish(line, address, request.Fingerprint, file?.Result.Configuration, notes)];
    }

    private static bool Has(PlaitConfiguration configuration, string chain) => configuration.Tunnels.Any(tunnel => tunnel.Name == chain)
        || ChainResolver.Resolve(configuration, PtRole.Server, chain) is ChainResolution.Found;

    private static ConfigurationFile? Load(string? named) => named is null ? null
        : ConfigurationFile.TryLoad(named, out ConfigurationFile? file, out string? error) ? file
        : throw new LineException(ExitCode.NoInput, error);

    private static IReadOnlyList<string> Locations(LineRequest request)
    {
        if (request.State is not null && request.Torrc is not null)
        {
            throw new LineException(ExitCode.Usage, "--state and --torrc exclude each other; keep one");
        }

        if (request.Torrc is { } path)
        {
            IReadOnlyList<TorrcOption> options = TorrcFile.Read(path, [], out string? error);
            return error is not null ? throw new LineException(ExitCode.NoInput, error)
                : [Path.Combine(options.LastOrDefault(option => option.Line.Is("DataDirectory"))?.Line.Value ?? DataDirectory, StateName)];
        }

        try
        {
            string kept = TunnelState.Kept(request.State, TunnelWords.OfCommands, OwnEnvironment.Read()).Location;
            return request.State is not null ? [kept] : [kept, Path.Combine(DataDirectory, StateName)];
        }
        catch (TunnelException e)
        {
            throw new LineException(e.Code, e.Message);
        }
    }

    private static (IPAddress Address, int? Port) Address(string written) =>
        AddressText.TryParse(written, out IPEndPoint? whole) && whole.Port != 0 && IsUsable(whole.Address) ? (whole.Address, whole.Port)
        : AddressText.TryParseAddress(written, out IPAddress? alone) && IsUsable(alone) ? (alone, null)
        : throw new LineException(ExitCode.Usage,
            "--address is no IP address that clients can use; write ADDR or ADDR:PORT, an IPv6 address with a port in brackets");

    private static bool IsUsable(IPAddress address) => !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any);

    private static (IPAddress Address, int? Port) Own(KeptLine kept, Action<string> notes)
    {
        IPAddress? address = kept.Line.Address ?? PublicAddress.Of(new(IPAddress.Any, 1))?.Address;
        if (address is null)
        {
            throw new LineException(ExitCode.Configuration,
                $"{kept.Chain}: this machine has no address for the bridge line; give the public one with --address ADDR[:PORT]");
        }

        if (PublicAddress.IsPrivate(address))
        {
            notes($"{kept.Chain}: the address in the bridge line is one of a private network; for clients elsewhere, give the public one with --address ADDR[:PORT]");
        }

        return (address, null);
    }

    private static BridgeLine Finish(
        KeptLine kept, (IPAddress Address, int? Port) at, string? fingerprint, PlaitConfiguration? configuration, Action<string> notes)
    {
        int port = at.Port ?? kept.Line.Port ?? throw new LineException(ExitCode.Usage,
            $"{kept.Chain}: its port is not known; write --address ADDR:PORT");
        string? identity = fingerprint ?? (kept.Line.IsTors ? FingerprintOf(kept.Location) : null);
        if (identity is null && kept.Line.IsTors)
        {
            notes($"{kept.Chain}: tor's fingerprint is not found beside the state, and is left out; give it with --fingerprint");
        }

        return Shortened(kept, new(kept.Line.Name, new(at.Address, port), identity, kept.Line.Arguments), configuration, notes);
    }

    /// <summary>tor's fingerprint stands in its data directory, beside the folder of state: a nickname, then 40 digits.</summary>
    private static string? FingerprintOf(string location)
    {
        string file = Path.Combine(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(location)) ?? "", "fingerprint");
        try
        {
            return new FileInfo(file) is { Exists: true, Length: < 4096 }
                ? File.ReadAllText(file).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).FirstOrDefault(IsFingerprint)
                : null;
        }
        catch (Exception e) when (DiskErrors.IsOne(e))
        {
            return null;
        }
    }

    private static bool IsFingerprint(string word) => word.Length == FingerprintLength && word.All(char.IsAsciiHexDigit);

    /// <summary>
    /// A line whose arguments tor can carry (N19): if they are too long, an argument that only one hop takes has a plain key.
    /// </summary>
    private static BridgeLine Shortened(KeptLine kept, BridgeLine line, PlaitConfiguration? configuration, Action<string> notes)
    {
        if (line.ArgumentLength <= BridgeLine.MaxArgumentLength)
        {
            return line;
        }

        IReadOnlyList<string>? chain = (configuration is null ? null : BridgeCheck.ChainOf(configuration, line.Transport!, line.Arguments)?.Transports)
            ?? KnownTransports.ChainOf(line.Transport!);
        BridgeLine shorter = chain is null ? line : line with { Arguments = new(line.Arguments.Select(argument => Plain(argument, chain))) };
        if (shorter.ArgumentLength <= BridgeLine.MaxArgumentLength)
        {
            notes(string.Create(CultureInfo.InvariantCulture,
                $"{kept.Chain}: the arguments need {line.ArgumentLength} bytes, and tor carries {BridgeLine.MaxArgumentLength}; keys that only one hop takes are written without its number"));
            return shorter;
        }

        int surplus = shorter.ArgumentLength - BridgeLine.MaxArgumentLength;
        throw new LineException(ExitCode.Configuration, string.Create(CultureInfo.InvariantCulture,
            $"{kept.Chain}: the arguments are {surplus} bytes longer than tor carries; move some to a line Profile NAME KEY=VALUE... in the plaitrc of the clients, and name it in their bridge line with x-chain-profile=NAME"));
    }

    private static PtArgument Plain(PtArgument argument, IReadOnlyList<string> chain)
    {
        for (int hop = 0; hop < chain.Count; hop++)
        {
            string prefix = ChainArguments.NameFor(hop, new("k", "")).Key[..^1];
            string key = argument.Key.StartsWith(prefix, StringComparison.Ordinal) ? argument.Key[prefix.Length..] : "";
            bool alone = key.Length > 0 && chain.Index().All(other => other.Index == hop
                || (KnownTransports.Of(other.Item) is { } known && !known.KeyNames.Contains(key)));
            if (alone)
            {
                return argument with { Key = key };
            }
        }

        return argument;
    }
}
