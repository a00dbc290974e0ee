using System.Globalization;
using Plait.Chains.Client;
using Plait.Configuration;
using Plait.Diagnostics.Secrecy;
using Plait.Hops.Tunnels;
using Plait.Wire.Addresses;
using Plait.Wire.Arguments;
using Plait.Wire.Hints;
using Plait.Wire.Pt;
using Plait.Wire.Torrc;

namespace Plait.Cli.Checking;

/// <summary>Bridge lines against a plaitrc: what each hop gets, and what looks wrong.</summary>
/// <param name="findings">Gets what is wrong.</param>
internal sealed class BridgeCheck(List<Finding> findings)
{
    private static readonly char[] s_quotes = ['"', '\'', '`', '\u2018', '\u2019', '\u201C', '\u201D'];

    private readonly Dictionary<string, SourceLine> _addresses = [];
    private readonly Dictionary<PlaitConfiguration, List<TransportDeclaration>> _onePerLine = [];

    /// <summary>Looks at one line.</summary>
    /// <param name="at">Where it stands.</param>
    /// <param name="reading">What it says.</param>
    /// <param name="configuration">The plaitrc of its transport; null if it is not one of Plait's.</param>
    /// <returns>What it says, or null if it has no address.</returns>
    internal BridgeReport? Run(SourceLine at, BridgeLineReading reading, PlaitConfiguration? configuration)
    {
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

        return new(at, bridge.Transport, bridge.ArgumentLength, configuration is null ? [] : HopsOf(at, bridge, configuration));
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

    private IReadOnlyList<BridgeHop> HopsOf(SourceLine at, BridgeLine bridge, PlaitConfiguration configuration)
    {
        if (bridge.Transport is null)
        {
            findings.Add(Finding.Problem(
                at, "the line names no transport, so tor connects to the bridge without Plait", "Write the name of the chain before the address."));
            return [];
        }

        ChainResolution chain = ChainResolver.Resolve(configuration, PtRole.Client, bridge.Transport);
        if (chain is ChainResolution.Failed failed)
        {
            findings.Add(Finding.Problem(at, failed.Why, failed.Instead));
            return [];
        }

        ChainDefinition definition = ((ChainResolution.Found)chain).Chain;
        if (!_onePerLine.TryGetValue(configuration, out List<TransportDeclaration>? processes))
        {
            _onePerLine.Add(configuration, processes = []);
        }

        processes.AddRange(definition.Hops.Where(hop => !hop.Source.Capabilities.TakesTargets));
        string[] transports = [.. definition.Hops.Select(hop => hop.Name)];
        if (!new ArgumentProfiles(configuration.Profiles).TryExpand(bridge.Arguments, out PtArguments? arguments, out SafeText? noProfile))
        {
            findings.Add(Finding.Problem(at, noProfile.ToString(), ""));
            return [];
        }

        if (!ChainArguments.TryDistribute(arguments, transports.Length, out IReadOnlyList<PtArguments> perHop, out string? error))
        {
            findings.Add(Finding.Problem(at, error!, ""));
            return [];
        }

        findings.AddRange(
            from odd in ArgumentReview.Of(WithoutQuotes(arguments), transports)
            select Finding.Problem(at, odd.Hop is { } hop ? $"hop {hop} ({transports[hop]}): {odd.Text}" : odd.Text, ""));
        findings.AddRange(TunnelCheck.Of(definition, bridge.Address, perHop).Select(what => Finding.Problem(at, what, "")));
        return [.. transports.Zip(perHop, (transport, own) => new BridgeHop(transport, [.. own.Select(argument => argument.Key).Distinct()]))];
    }

    /// <summary>Quotes have been found by the reader of the line. What stands in them is looked at as well.</summary>
    private static PtArguments WithoutQuotes(PtArguments arguments) =>
        new(arguments.Select(argument => argument with { Value = argument.Value.Trim(s_quotes) }));
}
