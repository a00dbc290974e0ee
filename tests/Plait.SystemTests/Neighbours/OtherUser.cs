using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Neighbours;

/// <summary>
/// Another user of the machine: runs scripts of bash as "nobody". That takes root; without it the test is skipped, but
/// under CI it fails.
/// </summary>
internal static class OtherUser
{
    private const string Id = "65534"; // nobody, on most systems

    /// <summary>Connects to <c>$1</c> on loopback, and says so.</summary>
    private const string Connect = "exec 3<>/dev/tcp/127.0.0.1/$1; echo connected; ";

    /// <summary>Runs a script to its end.</summary>
    /// <param name="script">For bash.</param>
    /// <param name="arguments">Its <c>$1</c> and following.</param>
    /// <returns>Its output.</returns>
    public static async Task<string> RunAsync(string script, params string[] arguments)
    {
        await using RunningProgram program = Start(script, arguments);
        await program.WaitForExitAsync();
        await program.StreamsEnded.Within("the end of the other user's program");
        return string.Join('\n', program.Lines);
    }

    /// <summary>Connects, sends, and reads until the other side ends the connection.</summary>
    /// <param name="port">On loopback.</param>
    /// <param name="hex">What is sent.</param>
    /// <returns>What was answered, in hex; "nothing" if there was not even a connection.</returns>
    public static async Task<string> ExchangeAsync(int port, string hex)
    {
        string escaped = string.Concat(hex.Chunk(2).Select(pair => $"\\x{pair[0]}{pair[1]}"));
        string said = await RunAsync(
            $"trap '' PIPE; {Connect}printf '{escaped}' >&3 2>/dev/null; od -An -v -tx1 <&3 2>/dev/null | tr -d ' \\n'", $"{port}");
        return said.StartsWith("connected", StringComparison.Ordinal) ? said["connected".Length..].Trim() : "nothing";
    }

    /// <summary>Connects so many times, keeps everything open, and lives until it is disposed.</summary>
    public static async Task<RunningProgram> HoldAsync(int port, int times)
    {
        RunningProgram program = Start(
            "for i in $(seq $2); do exec {fd}<>/dev/tcp/127.0.0.1/$1; done; echo connected; read -r end", $"{port}", $"{times}");
        await program.Lines.WaitForAsync(line => line == "connected", "the other user is connected");
        return program;
    }

    private static RunningProgram Start(string script, params string[] arguments)
    {
        Require();
        return RunningProgram.Start(
            Programs.Require("setpriv"),
            ["--reuid", Id, "--regid", Id, "--clear-groups", Programs.Require("bash"), "-c", script, "neighbour", .. arguments]);
    }

    private static void Require()
    {
        if (Environment.IsPrivilegedProcess && OperatingSystem.IsLinux())
        {
            return;
        }

        const string why = "only root can start a program as another user, and only Linux tells whose a socket is";
        if (Environment.GetEnvironmentVariable("CI") == "true")
        {
            Assert.Fail(why);
        }

        Assert.Skip(why);
    }
}
