using System.Net;

namespace Plait.SystemTests.Doubles;

/// <summary>How to start a pluggable transport: program, role, and what tor would put into its environment.</summary>
internal sealed record PtLaunch
{
    // What a tor above us may have left (E1); a launch starts from a clean slate.
    private static readonly string[] Known =
    [
        "CLIENT_TRANSPORTS", "SERVER_TRANSPORTS", "PROXY", "SERVER_BINDADDR", "SERVER_TRANSPORT_OPTIONS", "ORPORT",
        "EXTENDED_SERVER_PORT", "AUTH_COOKIE_FILE", "OUTBOUND_BIND_ADDRESS_V4", "OUTBOUND_BIND_ADDRESS_V6",
    ];

    public required string Program { get; init; }

    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>The transports asked for.</summary>
    public required IReadOnlyList<string> Names { get; init; }

    /// <summary>Server or client.</summary>
    public required bool IsServer { get; init; }

    /// <summary>TOR_PT_STATE_LOCATION; null for a fresh temporary directory that is removed at the end.</summary>
    public string? StateLocation { get; init; }

    /// <summary>TOR_PT_EXIT_ON_STDIN_CLOSE=1, as tor sets it.</summary>
    public bool ExitOnStdinClose { get; init; } = true;

    /// <summary>TOR_PT_PROXY, for a client.</summary>
    public string? Proxy { get; init; }

    /// <summary>TOR_PT_SERVER_BINDADDR by name; a name without one gets 127.0.0.1:0.</summary>
    public IReadOnlyDictionary<string, string> BindAddresses { get; init; } = new Dictionary<string, string>();

    /// <summary>TOR_PT_SERVER_TRANSPORT_OPTIONS as it stands.</summary>
    public string? Options { get; init; }

    /// <summary>TOR_PT_ORPORT.</summary>
    public IPEndPoint? OrPort { get; init; }

    /// <summary>TOR_PT_EXTENDED_SERVER_PORT and TOR_PT_AUTH_COOKIE_FILE.</summary>
    public ExtOrPortDouble? ExtendedOrPort { get; init; }

    /// <summary>More variables, or other values for these; null removes one.</summary>
    public IReadOnlyDictionary<string, string?> Extra { get; init; } = new Dictionary<string, string?>();

    /// <summary>The environment that tor would set.</summary>
    public Dictionary<string, string?> ToEnvironment(string stateLocation)
    {
        Dictionary<string, string?> environment = Known.ToDictionary(name => "TOR_PT_" + name, _ => (string?)null);
        environment["TOR_PT_MANAGED_TRANSPORT_VER"] = "1";
        environment["TOR_PT_STATE_LOCATION"] = stateLocation;
        environment["TOR_PT_EXIT_ON_STDIN_CLOSE"] = ExitOnStdinClose ? "1" : "0";
        if (IsServer)
        {
            environment["TOR_PT_SERVER_TRANSPORTS"] = string.Join(',', Names);
            environment["TOR_PT_SERVER_BINDADDR"] =
                string.Join(',', Names.Select(name => $"{name}-{BindAddresses.GetValueOrDefault(name, "127.0.0.1:0")}"));
            environment["TOR_PT_SERVER_TRANSPORT_OPTIONS"] = Options;
            environment["TOR_PT_ORPORT"] = OrPort?.ToString();
            environment["TOR_PT_EXTENDED_SERVER_PORT"] = ExtendedOrPort?.EndPoint.ToString() ?? ""; // empty: none (E35)
            environment["TOR_PT_AUTH_COOKIE_FILE"] = ExtendedOrPort?.CookieFile;
        }
        else
        {
            environment["TOR_PT_CLIENT_TRANSPORTS"] = string.Join(',', Names);
            environment["TOR_PT_PROXY"] = Proxy;
        }

        foreach ((string name, string? value) in Extra)
        {
            environment[name] = value;
        }

        return environment;
    }
}
