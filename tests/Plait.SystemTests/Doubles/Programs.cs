namespace Plait.SystemTests.Doubles;

/// <summary>The programs that these tests start.</summary>
internal static class Programs
{
    // Debian's tor and obfs4proxy; sbin is not in everybody's PATH.
    private static readonly string[] ExtraFolders = ["/usr/sbin", "/usr/local/sbin"];

    private static readonly Dictionary<string, string> Packages = new()
    {
        ["tor"] = "tor",
        ["tor-gencert"] = "tor",
        ["obfs4proxy"] = "obfs4proxy",
        ["cc"] = "gcc libc6-dev",
        ["setcap"] = "libcap2-bin",
        ["setpriv"] = "util-linux",
        ["apparmor_parser"] = "apparmor",
        ["dpkg-gencontrol"] = "dpkg-dev",
        ["man"] = "man-db",
        ["systemd-analyze"] = "systemd",
        ["systemd-socket-activate"] = "systemd",
        ["nginx"] = "nginx-light",
        ["sshd"] = "openssh-server",
        ["ssh"] = "openssh-client",
        ["scp"] = "openssh-client",
        ["ssh-keygen"] = "openssh-client",
        ["unshare"] = "util-linux",
        ["nsenter"] = "util-linux",
        ["ip"] = "iproute2",
        ["danted"] = "dante-server",
        ["obfs-local"] = "simple-obfs",
        ["obfs-server"] = "simple-obfs",
        ["ss-local"] = "shadowsocks-libev",
        ["ss-server"] = "shadowsocks-libev",
        ["ss-v2ray-plugin"] = "shadowsocks-v2ray-plugin",
    };

    /// <summary>Our transport that misbehaves on request: see its --help.</summary>
    public static string DummyTransport => Path.Combine(AppContext.BaseDirectory, "dummy-transport");

    /// <summary>The path of a program of the system. Without it the test is skipped, but under CI it fails.</summary>
    public static string Require(string name)
    {
        if (Find(name) is { } path)
        {
            return path;
        }

        SkipOrFail($"{name} is not installed: apt-get install {Packages.GetValueOrDefault(name, name)}");
        return "";
    }

    /// <summary>Skips the test; under CI fails it.</summary>
    public static void SkipOrFail(string reason)
    {
        if (Environment.GetEnvironmentVariable("CI") == "true")
        {
            Assert.Fail(reason);
        }

        Assert.Skip(reason);
    }

    /// <summary>The path of a program of the system, or null.</summary>
    public static string? Find(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Concat(ExtraFolders)
            .Where(folder => folder.Length > 0)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);
}
