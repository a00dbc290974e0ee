using System.Net;

namespace Plait.DummyTransport;

/// <summary>The parent's wishes make no sense: to be said as ENV-ERROR.</summary>
internal sealed class PtEnvironmentException(string message) : Exception(message);

/// <summary>What the parent put into the environment: pt-spec section 3.2.</summary>
internal sealed class PtEnvironment
{
    /// <summary>Reads and checks the environment of this process.</summary>
    /// <exception cref="PtEnvironmentException">Something needed is missing or does not parse.</exception>
    public PtEnvironment(bool plainOrPort)
    {
        IsClient = Get("CLIENT_TRANSPORTS") is not null;
        if (IsClient == Get("SERVER_TRANSPORTS") is not null)
        {
            throw new PtEnvironmentException("need one of TOR_PT_CLIENT_TRANSPORTS and TOR_PT_SERVER_TRANSPORTS");
        }

        Names = Get(IsClient ? "CLIENT_TRANSPORTS" : "SERVER_TRANSPORTS")!.Split(',');
        Versions = Get("MANAGED_TRANSPORT_VER")?.Split(',')
            ?? throw new PtEnvironmentException("no TOR_PT_MANAGED_TRANSPORT_VER environment variable");
        Proxy = IsClient && Get("PROXY") is { } uri ? ParseProxy(uri) : null;
        if (IsClient)
        {
            return;
        }

        BindAddresses = (Get("SERVER_BINDADDR") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Select(ParseBindAddress)
            .ToDictionary();
        Options = TransportArguments.ParseServerOptions(Get("SERVER_TRANSPORT_OPTIONS") ?? "");
        ExtendedOrPort = plainOrPort ? null : ParseEndPoint("EXTENDED_SERVER_PORT");
        CookieFile = Get("AUTH_COOKIE_FILE");
        OrPort = ParseEndPoint("ORPORT");
        if (ExtendedOrPort is not null && CookieFile is null)
        {
            throw new PtEnvironmentException("need TOR_PT_AUTH_COOKIE_FILE with TOR_PT_EXTENDED_SERVER_PORT");
        }

        if ((ExtendedOrPort ?? OrPort) is null)
        {
            throw new PtEnvironmentException("need TOR_PT_ORPORT or TOR_PT_EXTENDED_SERVER_PORT");
        }
    }

    public bool IsClient { get; }

    public IReadOnlyList<string> Names { get; }

    public IReadOnlyList<string> Versions { get; }

    public Uri? Proxy { get; }

    public IReadOnlyDictionary<string, IPEndPoint> BindAddresses { get; } = new Dictionary<string, IPEndPoint>();

    public ILookup<string, KeyValuePair<string, string>> Options { get; } = TransportArguments.ParseServerOptions("");

    public IPEndPoint? ExtendedOrPort { get; }

    public IPEndPoint? OrPort { get; }

    public string? CookieFile { get; }

    /// <summary>Only exactly 1 counts (E13).</summary>
    public static bool ExitOnStdinClose => Get("EXIT_ON_STDIN_CLOSE") == "1";

    /// <summary>Whether any parent speaks to us at all.</summary>
    public static bool IsPresent => Get("CLIENT_TRANSPORTS") is not null || Get("SERVER_TRANSPORTS") is not null;

    /// <summary>All that the parent said and that no other program is to know.</summary>
    /// <param name="proxy">The proxy that is used, if any.</param>
    public List<string> Everything(Uri? proxy)
    {
        List<string> all = [.. new[] { "PROXY", "ORPORT", "EXTENDED_SERVER_PORT", "SERVER_BINDADDR", "SERVER_TRANSPORT_OPTIONS" }.Select(Get).OfType<string>()];
        all.AddRange(proxy?.UserInfo.Split(':').Select(Uri.UnescapeDataString) ?? []);
        all.AddRange(Options.SelectMany(option => option).Select(argument => argument.Value));
        if (CookieFile is { } file)
        {
            byte[] cookie = File.ReadAllBytes(file)[32..];
            all.AddRange([Convert.ToHexString(cookie), Convert.ToBase64String(cookie)]);
        }

        return all;
    }

    /// <summary>An empty value counts as unset (E5).</summary>
    private static string? Get(string name) =>
        Environment.GetEnvironmentVariable("TOR_PT_" + name) is { Length: > 0 } value ? value : null;

    private static Uri ParseProxy(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Port > 0 && IPAddress.TryParse(uri.IdnHost, out _)
            ? uri
            : throw new PtEnvironmentException("TOR_PT_PROXY does not parse");

    private static KeyValuePair<string, IPEndPoint> ParseBindAddress(string item)
    {
        string[] parts = item.Split('-', 2);
        return parts.Length == 2 && IPEndPoint.TryParse(parts[1], out IPEndPoint? address)
            ? new(parts[0], address)
            : throw new PtEnvironmentException($"TOR_PT_SERVER_BINDADDR: {item} does not parse");
    }

    private static IPEndPoint? ParseEndPoint(string name)
    {
        if (Get(name) is not { } text)
        {
            return null;
        }

        return IPEndPoint.TryParse(text, out IPEndPoint? value)
            ? value
            : throw new PtEnvironmentException($"TOR_PT_{name} does not parse");
    }
}
