namespace Plait.SystemTests.Doubles;

/// <summary>The transports that are in the field today: Debian unstable's, which eng/field puts below artifacts/field.</summary>
internal static class FieldPrograms
{
    /// <summary>lyrebird: obfs2, obfs3, obfs4, scramblesuit, meek_lite, and the clients of webtunnel and snowflake.</summary>
    public static string Lyrebird => Require("lyrebird");

    /// <summary>webtunnel's server. It takes no port 0, and announces an address that it has invented (R1).</summary>
    public static string WebTunnelServer => Require("webtunnel-server");

    /// <summary>webtunnel's own client.</summary>
    public static string WebTunnelClient => Require("webtunnel-client");

    /// <summary>snowflake's client.</summary>
    public static string SnowflakeClient => Require("snowflake-client");

    /// <summary>The path of one. Without it the test is skipped, but under CI it fails.</summary>
    private static string Require(string name)
    {
        string path = Path.Combine(PlaitProgram.RepositoryRoot, "artifacts", "field", "usr", "bin", name);
        if (!File.Exists(path))
        {
            Programs.SkipOrFail($"Debian unstable's {name} is not below artifacts/field: run eng/field (or ./test)");
        }

        return path;
    }
}
