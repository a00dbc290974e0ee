using System.Net;
using Plait.Wire.Addresses;
using Plait.Wire.Arguments;

namespace Plait.Wire.Pt.Messages;

/// <summary>Reads the lines of a child (M10 to M22; LOG and STATUS: <see cref="ReportParser"/>).</summary>
internal static class PtMessageParser
{
    private const int MaxUnknownKeywordLength = 64;
    private const string ArgumentsPrefix = "ARGS:";

    private static readonly char[] s_blanks = [' ', '\t'];

    internal static PtMessage Parse(string line)
    {
        line = line.Trim(s_blanks);
        int end = line.IndexOfAny(s_blanks);
        string keyword = end < 0 ? line : line[..end];
        string text = end < 0 ? "" : line[end..].TrimStart(s_blanks);
        return keyword switch
        {
            "VERSION" => ParseVersion(Fields(text)),
            "VERSION-ERROR" => new VersionErrorMessage(text),
            "ENV-ERROR" => new EnvErrorMessage(text),
            "PROXY-ERROR" => new ProxyErrorMessage(text),
            "PROXY" => ParseDone(keyword, text, new ProxyDoneMessage()),
            "CMETHODS" => ParseDone(keyword, text, new ClientMethodsDoneMessage()),
            "SMETHODS" => ParseDone(keyword, text, new ServerMethodsDoneMessage()),
            "CMETHOD" => ParseClientMethod(Fields(text)),
            "SMETHOD" => ParseServerMethod(Fields(text)),
            "CMETHOD-ERROR" => ParseMethodError(keyword, text, (name, rest) => new ClientMethodErrorMessage(name, rest)),
            "SMETHOD-ERROR" => ParseMethodError(keyword, text, (name, rest) => new ServerMethodErrorMessage(name, rest)),
            "LOG" when text.Length > 0 => ReportParser.ParseLog(text),
            "STATUS" when text.Length > 0 => ReportParser.ParseStatus(text),
            _ => new UnknownMessage(IsKeyword(keyword) ? keyword : ""),
        };
    }

    private static string[] Fields(string text) => text.Split(s_blanks, StringSplitOptions.RemoveEmptyEntries);

    // M11: tor gives up a PT that writes more than the version. E7: a version is printable ASCII.
    private static PtMessage ParseVersion(string[] fields) => fields is [var version] && LineText.IsWord(version)
        ? new VersionMessage(version)
        : new MalformedMessage("VERSION", "expected VERSION and one version");

    // M20: text after DONE is ignored.
    private static PtMessage ParseDone(string keyword, string text, PtMessage done) =>
        Fields(text) is ["DONE", ..] ? done : new MalformedMessage(keyword, $"expected {keyword} DONE");

    private static PtMessage ParseClientMethod(string[] fields)
    {
        const string Keyword = "CMETHOD";
        if (fields is not [var name, var protocol, var at, ..])
        {
            return new MalformedMessage(Keyword, "expected a name, socks4 or socks5, and ip:port");
        }

        SocksVersion? version = protocol switch
        {
            "socks4" => SocksVersion.Socks4,
            "socks5" => SocksVersion.Socks5,
            _ => null,
        };
        if (version is null)
        {
            return new MalformedMessage(Keyword, "the protocol is neither socks4 nor socks5");
        }

        return CheckMethod(Keyword, name, at, out IPEndPoint address) ?? new ClientMethodMessage(name, version.Value, address);
    }

    private static PtMessage ParseServerMethod(string[] fields)
    {
        const string Keyword = "SMETHOD";
        if (fields is not [var name, var at, .. var options])
        {
            return new MalformedMessage(Keyword, "expected a name and ip:port");
        }

        if (CheckMethod(Keyword, name, at, out IPEndPoint address) is { } malformed)
        {
            return malformed;
        }

        // M21 reads the first option only, M41 reads all of them. No PT writes another option than ARGS.
        string? text = Array.Find(options, option => option.StartsWith(ArgumentsPrefix, StringComparison.Ordinal));
        text = text?[ArgumentsPrefix.Length..] ?? "";
        if (!LineText.IsWord(text))
        {
            return new MalformedMessage(Keyword, "ARGS holds a character that is not printable ASCII");
        }

        return PtArguments.TryParseServer(text, out PtArguments arguments, out string? error)
            ? new ServerMethodMessage(name, address, arguments)
            : new MalformedMessage(Keyword, $"ARGS: {error}");
    }

    // M18, M21.
    private static PtMessage? CheckMethod(string keyword, string name, string at, out IPEndPoint address)
    {
        bool parsed = AddressText.TryParse(at, out IPEndPoint? found);
        address = found ?? new IPEndPoint(IPAddress.None, 0);
        if (!TransportName.IsValid(name))
        {
            return new MalformedMessage(keyword, "the transport name is not a C identifier");
        }

        return parsed && address.Port != 0
            ? null
            : new MalformedMessage(keyword, "the address is not ip:port with an IP address and a port from 1 to 65535");
    }

    private static PtMessage ParseMethodError(string keyword, string text, Func<string, string, PtMessage> create)
    {
        int end = text.IndexOfAny(s_blanks);
        string name = end < 0 ? text : text[..end];
        return TransportName.IsValid(name)
            ? create(name, end < 0 ? "" : text[end..].TrimStart(s_blanks))
            : new MalformedMessage(keyword, "expected a transport name and a text");
    }

    // M1. Excludes every form of an address.
    private static bool IsKeyword(string word) => word.Length <= MaxUnknownKeywordLength
        && word.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
}
