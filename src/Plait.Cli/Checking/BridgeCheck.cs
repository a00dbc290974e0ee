using System.Globalization;
using Plait.Chains.Client;
using Plait.Configuration;
using Plait.Diagnostics.Secrecy;
using Plait.Hops.Tunnels;
using Plait.Wire.Addresses;
using Plait.Wire.Arguments;
using Plait.Wire.Pt;
using Plait.Wire.Torrc;

namespace Plait.Cli.Checking;

/// <summary>A bridge line, and where it stands.</summary>
/// <param name="At">Its place.</param>
/// <param name="Line">What is written. A secret (G5).</param>
internal sealed record WrittenBridge(SourceLine At, string Line)
{
    /// <summary>The transport that it names, or null.</summary>
    internal string? Transport { get; } = BridgeLineReader.Read(Line).Bridge?.Transport;

    public override string ToString() => At.ToString();
}

/// <summary>Bridge lines against a plaitrc: what each hop gets, and what looks wrong.</summary>
/// <param name="findings">Gets what is wrong.</param>
internal sealed class BridgeCheck(List<Finding> findings)
{
    private readonly Dictionary<string, SourceLine> _addresses = [];
    private readonly Dictionary<PlaitConfiguration, List<TransportDeclaration>> _onePerLine = [];

    /// <summary>Looks at one line.</summary>
    /// <param name="written">The line.</param>
    /// <param name="configuration">The plaitrc of its transport; null if it is not one of Plait's.</param>
    /// <returns>What it says, or null if it has no address.</returns>
    internal BridgeReport? Run(WrittenBridge written, PlaitConfiguration? configuration)
    {
        SourceLine at = written.At;
        BridgeLineReading reading = configuration is null ? BridgeLineReader.Read(written.Line)
            : BridgeLineReader.Read(written.Line, (name, arguments) => ChainOf(configuration, name, arguments));
        findings.AddRange(reading.Findings.Select(finding => Finding.Problem(at, finding.What, finding.Instead)));
        if (reading.Bridge is not { } bridge)
        {
            return null;
        }

        if (!_addresses.TryAdd(AddressText.Format(bridge.Address), at)) // N20
        {
            findings.Add(Finding.Problem(
                at, $"the address and port are those of {Finding.PlaceOf(_addresses[AddressText.Format(bridge.Address)])}, and tor keeps one bridge for each",
                "Remove one of the lines. If its transport ignores the address (snowflake, meek, webtunnel), write another of 192.0.2.1 to 192.0.2.254."));
        }

        if (configuration is not null)
        {
            Report(at, reading, bridge, configuration);
        }

        return new(at, bridge.Transport, bridge.ArgumentLength, configuration is null ? [] : HopsOf(reading));
    }

    /// <summary>Looks at all lines together, once each was looked at.</summary>
    internal void Finish() => findings.AddRange(
        from each in _onePerLine
        let limit = each.Key.Limits.MaxTunnels
        where each.Value.Count > limit
        let hop = each.Value[0]
        select Finding.Note(
            hop.Source.Line!.At,
            string.Create(
                CultureInfo.InvariantCulture,
                $"the bridge lines can need {each.Value.Count} processes at a time, and MaxTunnels allows {limit}: one for each line, as {hop.Name} cannot share: {hop.Source.Nature.Lack(HopAbility.TakesTargets)}"),
            "Raise MaxTunnels, or remove bridge lines."));

    /// <summary>The chain that a client with this plaitrc makes of a name; null if it is not known.</summary>
    internal static BridgeLineChain? ChainOf(PlaitConfiguration configuration, string name, PtArguments arguments) =>
        ChainResolver.Resolve(configuration, PtRole.Client, name) is ChainResolution.Found found
            ? new([.. found.Chain.Hops.Select(hop => hop.Name)],
                new ArgumentProfiles(configuration.Profiles).TryExpand(arguments, out PtArguments? expanded, out _) ? expanded : null)
            : null;

    /// <summary>What each hop gets; empty if the chain is not known, or the arguments do not fit it.</summary>
    internal static IReadOnlyList<BridgeHop> HopsOf(BridgeLineReading reading) =>
        reading.Chain is { Arguments: { } given } chain
            && ChainArguments.TryDistribute(given, chain.Transports.Count, out IReadOnlyList<PtArguments> perHop, out _)
            ? [.. chain.Transports.Zip(perHop, (transport, own) => new BridgeHop(transport, [.. own.Select(argument => argument.Key).Distinct()]))]
            : [];

    /// <summary>What only the plaitrc can tell.</summary>
    private void Report(SourceLine at, BridgeLineReading reading, BridgeLine bridge, PlaitConfiguration configuration)
    {
        if (bridge.Transport is null)
        {
            if (!reading.Findings.Any(finding => finding.Fault == BridgeLineFault.TransportMissing))
            {
                findings.Add(Finding.Problem(
                    at, "the line names no transport, so tor connects to the bridge without Plait", "Write the name of the chain before the address."));
            }
        }
        else
        {
            switch (ChainResolver.Resolve(configuration, PtRole.Client, bridge.Transport))
            {
                case ChainResolution.Failed failed:
                    findings.Add(Finding.Problem(at, failed.Why, failed.Instead));
                    break;
                case ChainResolution.Found found:
                    Report(at, bridge, found.Chain, configuration);
                    break;
            }
        }
    }

    private void Report(SourceLine at, BridgeLine bridge, ChainDefinition chain, PlaitConfiguration configuration)
    {
        if (!_onePerLine.TryGetValue(configuration, out List<TransportDeclaration>? processes))
        {
            _onePerLine.Add(configuration, processes = []);
        }

        processes.AddRange(chain.Hops.Where(hop => !hop.Source.Capabilities.TakesTargets));
        if (!new ArgumentProfiles(configuration.Profiles).TryExpand(bridge.Arguments, out PtArguments? arguments, out SafeText? noProfile))
        {
            findings.Add(Finding.Problem(at, noProfile.ToString(), ""));
        }
        else if (ChainArguments.TryDistribute(arguments, chain.Hops.Count, out IReadOnlyList<PtArguments> perHop, out _))
        {
            findings.AddRange(TunnelCheck.Of(chain, bridge.Address, perHop).Select(what => Finding.Problem(at, what, "")));
        }
    }
}
