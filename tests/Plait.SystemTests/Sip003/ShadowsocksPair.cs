using System.Globalization;
using System.Net;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.TorNet;

namespace Plait.SystemTests.Sip003;

/// <summary>ss-server and ss-local of Debian's shadowsocks-libev, with the published program as the plugin of both.</summary>
internal sealed class ShadowsocksPair : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("plait-sip003-").FullName;

    private ShadowsocksPair()
    {
    }

    /// <summary>ss-server; its own messages go to stdout, those of the plugin to stderr.</summary>
    public RunningProgram Server { get; private set; } = null!;

    /// <summary>ss-local; the same.</summary>
    public RunningProgram Local { get; private set; } = null!;

    /// <summary>The SOCKS port of ss-local.</summary>
    public IPEndPoint Socks { get; } = FreePorts.TakeEndPoint();

    /// <summary>What the far plugin wrote for its near ends.</summary>
    public string ShownOptions { get; private set; } = "";

    /// <summary>A path below the directory of both.</summary>
    public string PathOf(string name) => Path.Combine(_folder, name);

    /// <summary>Starts both, and waits until their plugins are ready.</summary>
    /// <param name="chain">The chain.</param>
    /// <param name="plaitrc">The plaitrc of both; null for none.</param>
    /// <param name="hosts">The addresses of the server.</param>
    /// <param name="ask">The addresses that ss-local is told; null for the same.</param>
    public static async Task<ShadowsocksPair> StartAsync(string chain, string? plaitrc = null, string[]? hosts = null, string[]? ask = null)
    {
        string server = Programs.Require("ss-server"), local = Programs.Require("ss-local");
        var pair = new ShadowsocksPair();
        try
        {
            string config = "";
            if (plaitrc is not null)
            {
                File.WriteAllText(pair.PathOf("plaitrc"), plaitrc);
                config = $";config={pair.PathOf("plaitrc")}";
            }

            hosts ??= ["127.0.0.1"];
            string port = FreePorts.Take().ToString(CultureInfo.InvariantCulture);
            string[] common = ["-p", port, "-k", "a key", "-m", "aes-256-gcm", "--plugin", PluginIn(pair._folder), "--plugin-opts"];
            pair.Server = RunningProgram.Start(server, [
                .. hosts.SelectMany(host => new[] { "-s", host }), .. common, $"server;chain={chain};state={pair.PathOf("state")}{config}"]);
            const string shown = "plugin_opts of its clients is in ";
            string line = await pair.Server.ErrorLines.WaitForAsync(line => line.Contains(shown, StringComparison.Ordinal), "the far plugin is ready");
            pair.ShownOptions = File.ReadAllText(line[(line.IndexOf(shown, StringComparison.Ordinal) + shown.Length)..]).TrimEnd('\n');
            pair.Local = RunningProgram.Start(local, [
                .. (ask ?? hosts).SelectMany(host => new[] { "-s", host }), "-b", "127.0.0.1", "-l",
                pair.Socks.Port.ToString(CultureInfo.InvariantCulture), .. common, pair.ShownOptions + config]);
            await pair.Local.ErrorLines.WaitForAsync(line => line.Contains(" is ready", StringComparison.Ordinal), "the near plugin is ready");
            await pair.Local.Lines.WaitForAsync(line => line.Contains("listening at", StringComparison.Ordinal), "ss-local listens");
            return pair;
        }
        catch
        {
            await pair.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// The plugin as a script: what ss-server and ss-local print, addresses among it, is then not taken for what Plait prints.
    /// </summary>
    /// <param name="folder">Where it is written.</param>
    public static string PluginIn(string folder)
    {
        string script = Path.Combine(folder, "plugin");
        File.WriteAllText(script, $"#!/bin/sh\nexec '{PlaitProgram.Path}'\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return script;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (RunningProgram? program in new[] { Local, Server })
        {
            if (program is not null)
            {
                int[] plugins = [.. ProcessTree.Descendants(program.Id)];
                await program.DisposeAsync(); // kills it: its plugin ends by itself
                await ProcessTree.WaitUntilGoneAsync(plugins);
            }
        }

        Directory.Delete(_folder, recursive: true);
    }
}
