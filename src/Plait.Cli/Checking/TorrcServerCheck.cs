using System.Net;
using Plait.Configuration;
using Plait.Wire.Addresses;
using Plait.Wire.Arguments;
using Plait.Wire.Pt.Environments;

namespace Plait.Cli.Checking;

/// <summary>What tor will do with a bridge's part of a torrc.</summary>
/// <param name="options">The torrc.</param>
/// <param name="plugins">Its ServerTransportPlugin lines.</param>
/// <param name="findings">Gets what is wrong.</param>
/// <param name="steps">Gets what tor will do.</param>
internal sealed class TorrcServerCheck(
    IReadOnlyList<TorrcOption> options, IReadOnlyList<TorrcPlugin> plugins, List<Finding> findings, List<TorrcStep> steps)
{
    private readonly HashSet<string> _names = [.. plugins.SelectMany(plugin => plugin.Names)];
    private readonly Dictionary<string, PtArguments> _arguments = [];
    private readonly Dictionary<string, IPEndPoint> _addresses = [];

    /// <summary>The options of chains.</summary>
    internal IReadOnlyDictionary<string, PtArguments> Arguments => _arguments;

    /// <summary>Where chains listen.</summary>
    internal IReadOnlyDictionary<string, IPEndPoint> Addresses => _addresses;

    internal void Run()
    {
        foreach (TorrcOption option in options)
        {
            if (option.Line.Is("ServerTransportListenAddr"))
            {
                ReviewListenAddress(option);
            }
            else if (option.Line.Is("ServerTransportOptions"))
            {
                ReviewOptions(option);
            }
        }

        if (plugins.FirstOrDefault(plugin => plugin.IsOurs) is { } ours)
        {
            ReviewRelay(ours);
        }
    }

    private void ReviewRelay(TorrcPlugin ours)
    {
        if (TorrcCheck.Last(options, "ORPort") is null or { Line.Value: "0" })
        {
            findings.Add(Finding.Problem(
                ours.At, "tor starts this only as a relay, and there is no ORPort", "Add the lines ORPort 127.0.0.1:auto and AssumeReachable 1."));
        }

        if (!TorrcCheck.IsOn(options, "BridgeRelay"))
        {
            findings.Add(Finding.Problem(ours.At, "without BridgeRelay 1 tor becomes a public relay, and no bridge", "Add the line BridgeRelay 1."));
        }

        if (TorrcCheck.Last(options, "ExtORPort") is null or { Line.Value: "0" }) // N22
        {
            findings.Add(Finding.Problem(
                ours.At, "without ExtORPort tor is not told the addresses of clients, and its statistics are wrong", "Add the line ExtORPort auto."));
        }
    }

    private void ReviewListenAddress(TorrcOption option)
    {
        if (option.Line.Words is not [var name, var address, ..]) // tor reads no further
        {
            findings.Add(Finding.Problem(option.At, "ServerTransportListenAddr takes a name and an address", "Write ServerTransportListenAddr NAME ADDRESS:PORT."));
        }
        else if (!AddressText.TryParse(address, out IPEndPoint? endPoint) || endPoint.Port == 0)
        {
            findings.Add(Finding.Problem(
                option.At, "ServerTransportListenAddr: tor wants an IP address and a port from 1 to 65535, and does not start with this line",
                "Write for example 0.0.0.0:443 or [::]:443."));
        }
        else if (IsDeclared(option, name) && IsFirst(option, name))
        {
            _addresses[name] = endPoint;
            steps.Add(new(option.At, string.Create(
                System.Globalization.CultureInfo.InvariantCulture, $"lets {name} listen on port {endPoint.Port}")));
        }
    }

    private void ReviewOptions(TorrcOption option)
    {
        if (option.Line.Words.ToArray() is not [var name, var first, .. var rest])
        {
            findings.Add(Finding.Problem(option.At, "ServerTransportOptions takes a name and arguments", "Write ServerTransportOptions NAME KEY=VALUE..."));
        }
        else if (!PtArguments.TryParseWords([first, .. rest], out PtArguments read, out string? error))
        {
            findings.Add(Finding.Problem(option.At, $"ServerTransportOptions: {error}", ""));
        }
        else if (IsDeclared(option, name) && IsFirst(option, name))
        {
            _arguments[name] = read;
            steps.Add(new(option.At, $"gives {name} the arguments {string.Join(", ", read.Select(argument => CheckText.Shown(argument.Key)).Distinct())}"));
        }
    }

    private bool IsDeclared(TorrcOption option, string name)
    {
        if (_names.Contains(name))
        {
            return true;
        }

        string? other = _names.FirstOrDefault(known => known.Equals(name, StringComparison.OrdinalIgnoreCase));
        findings.Add(Finding.Problem(
            option.At, other is null
                ? $"{option.Line.Keyword}: no ServerTransportPlugin line declares {QuotedName.Name(name)}"
                : $"{option.Line.Keyword}: {QuotedName.Name(name)} is declared as {QuotedName.Name(other)}, and case counts",
            other is null ? "Name a chain that such a line declares." : "Write both alike."));
        return false;
    }

    /// <summary>tor takes the first line for a name and says nothing of the others (N21, R10).</summary>
    private bool IsFirst(TorrcOption option, string name)
    {
        TorrcOption first = options.First(other => other.Line.Is(option.Line.Keyword) && other.Line.Words is [var of, ..] && of == name);
        if (first == option)
        {
            return true;
        }

        findings.Add(Finding.Problem(
            option.At, $"{option.Line.Keyword}: {QuotedName.Name(name)} has a line at {first.At} already, and tor uses the first alone",
            "Make them one line, or remove one."));
        return false;
    }
}
