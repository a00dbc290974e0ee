using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Plait.SystemTests.BadInput;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Doubles.Tests;
using Plait.Wire.Pt;

namespace Plait.SystemTests.Neighbours;

/// <summary>What another user can read of Plait and its children, in /proc and on the disk: no secret.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public class ProcessesAndFilesTests
{
    // A line for each file of each process that could be read, with its contents in hex.
    private const string ReadProcesses =
        "for pid; do for name in cmdline comm environ maps stack syscall fd cwd exe root; do" +
        " if [ -L /proc/$pid/$name ]; then contents=$(readlink /proc/$pid/$name 2>/dev/null);" +
        " elif [ -d /proc/$pid/$name ]; then contents=$(ls -l /proc/$pid/$name 2>/dev/null | tail -n +2);" +
        " else contents=$(od -An -v -tx1 /proc/$pid/$name 2>/dev/null | tr -d ' \\n'); fi;" +
        " [ -n \"$contents\" ] && echo $name $contents; done; done; true";

    [Fact]
    public async Task Client_ReadByAnotherUserInProc_ShowsNoSecret()
    {
        await using RecordingProxy proxy = RecordingProxy.Start("neighbour-user", "neighbour-password");
        await using PlaitRun run = PlaitRun.Start(
            PtRole.Client, "Plugin shimmed exec DUMMY\nClientTransportJoint shimmed shim", ["shimmed"],
            adapt: launch => launch with { Proxy = proxy.Uri() });
        await run.Host.WaitForDoneAsync();
        using Socket socket = await run.OpenAsync("shimmed", "secret=neighbour-argument");
        await PtPair.AssertEchoAsync(socket);
        string joint = GivenToChildren.Value(run, "good", "TOR_PT_PROXY");
        string password = joint[(joint.LastIndexOf(':', joint.LastIndexOf('@')) + 1)..joint.LastIndexOf('@')];
        Assert.Equal(32, password.Length);

        await AssertSecretAsync(run, "neighbour-user", "neighbour-password", "neighbour-argument", password);
        await run.AssertGoodChainAndCleanEndAsync();
    }

    [Fact]
    public async Task Server_ReadByAnotherUserInProc_ShowsNoSecret()
    {
        await using PlaitRun run = PlaitRun.Start(
            PtRole.Server, "Plugin other exec DUMMY\nServerTransportOptions other secret=neighbour-option", ["other"]);
        await run.Host.WaitForDoneAsync();
        byte[] cookie = await File.ReadAllBytesAsync(
            GivenToChildren.Value(run, "other", "TOR_PT_AUTH_COOKIE_FILE"), TestContext.Current.CancellationToken);

        await AssertSecretAsync(run, "neighbour-option", Encoding.Latin1.GetString(cookie[32..]));
        await run.AssertGoodChainAndCleanEndAsync();
    }

    /// <summary>Whatever the umask, and whatever the state location was made like.</summary>
    [Theory]
    [EachRole]
    public async Task StateDirectory_WhateverTheUmask_IsClosedToOthers(PtRole role)
    {
        const UnixFileMode everybody = (UnixFileMode)0b111_111_111;
        var folder = new TestFolder();
        string state = Directory.CreateDirectory(folder["pt_state"]).FullName;
        File.SetUnixFileMode(folder.Path, everybody);
        File.SetUnixFileMode(state, everybody);
        await using PlaitRun run = PlaitRun.Start(role, "Plugin other exec DUMMY", ["other", "other_good"], folder, launch => launch with
        {
            StateLocation = state,
            Program = "/bin/sh",
            Arguments = ["-c", "umask 0; exec \"$0\" \"$@\"", launch.Program, .. launch.Arguments],
        });
        await run.Host.WaitForDoneAsync();
        await run.AssertEchoesAsync("other_good");
        Assert.NotEmpty(Directory.EnumerateFiles(state, "*", SearchOption.AllDirectories));

        string open = await OtherUser.RunAsync(
            "find \"$1\" -mindepth 1 \\( -readable -o -writable -o -executable \\) 2>/dev/null", state);

        Assert.Equal("", open);
        if (role == PtRole.Server) // the cookie is in the runtime directory, or in shared memory
        {
            string cookie = GivenToChildren.Value(run, "good", "TOR_PT_AUTH_COOKIE_FILE");
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(cookie));
            Assert.Equal("no", await OtherUser.RunAsync("[ -r \"$1\" ] || [ -x \"${1%/*}\" ] && echo yes || echo no", cookie));
            await run.AssertGoodChainAndCleanEndAsync();
            Assert.False(Path.Exists(Path.GetDirectoryName(cookie)));
            return;
        }

        await run.AssertGoodChainAndCleanEndAsync();
    }

    private static async Task AssertSecretAsync(PlaitRun run, params string[] secrets)
    {
        string[] family = [.. ProcessTree.Descendants(run.Host.Program.Id).Prepend(run.Host.Program.Id)
            .Select(pid => pid.ToString(CultureInfo.InvariantCulture))];
        Assert.InRange(family.Length, 3, int.MaxValue); // Plait, its guard, its children
        string[] read = (await OtherUser.RunAsync(ReadProcesses, family)).Split('\n');

        Assert.Contains(read, line => line.StartsWith("cmdline ", StringComparison.Ordinal)); // it did look
        Assert.DoesNotContain(read, line => line.StartsWith("environ ", StringComparison.Ordinal) || line.StartsWith("fd ", StringComparison.Ordinal));
        Assert.All(secrets, secret => Assert.All(read, line =>
        {
            Assert.DoesNotContain(secret, line, StringComparison.Ordinal);
            Assert.DoesNotContain(Convert.ToHexStringLower(Encoding.Latin1.GetBytes(secret)), line, StringComparison.Ordinal);
        }));
    }
}
