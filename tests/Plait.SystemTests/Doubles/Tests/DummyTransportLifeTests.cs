namespace Plait.SystemTests.Doubles.Tests;

/// <summary>How the dummy transport starts, lives and ends, as flags ask; and that PtHost and ProcessTree see it.</summary>
public class DummyTransportLifeTests
{
    [Fact]
    public async Task NoFlags_SeveralNames_ReportsAllAndEndsWithStdin()
    {
        await using PtHost client = Client([], "a", "b");
        await client.WaitForDoneAsync();

        Assert.Equal("VERSION 1", client.Lines.First());
        Assert.NotEqual(await client.Method("a"), await client.Method("b"));
        Assert.True(ProcessTree.DescriptorCount(client.Program.Id) > 3);
        Assert.Equal(0, await client.CloseStdinAndWaitAsync());
    }

    [Theory]
    [InlineData("--exit-at-start 7", 7)]
    [InlineData("--exit-after-done 9", 9)]
    [InlineData("--env-error broken", 1)]
    [InlineData("--bogus", 64)]
    public async Task ExitFlags_Start_EndWithTheCode(string flags, int code)
    {
        await using PtHost client = Client(flags.Split(' '));

        Assert.Equal(code, await client.Program.WaitForExitAsync());
    }

    [Theory]
    [InlineData("--env-error broken", "ENV-ERROR broken")]
    [InlineData("--version 2", "VERSION 2")]
    [InlineData("--method-error sorry", "CMETHOD-ERROR dummy sorry")]
    [InlineData("--only other", "CMETHOD-ERROR dummy no such transport")]
    [InlineData("--log a\"b", "LOG SEVERITY=notice MESSAGE=\"a\\\"b\"")]
    [InlineData("--status TRANSPORT=dummy", "STATUS TRANSPORT=dummy")]
    public async Task LineFlags_Start_PrintTheLine(string flags, string line)
    {
        await using PtHost client = Client(flags.Split(' '));

        await client.Lines.WaitForAsync(l => l == line, line);
    }

    [Fact]
    public async Task MethodError_Start_FailsTheMethod()
    {
        await using PtHost client = Client(["--method-error", "sorry"]);

        var failed = await Assert.ThrowsAsync<PtFailedException>(() => client.Method("dummy"));

        Assert.Equal("CMETHOD-ERROR dummy sorry", failed.Message);
    }

    [Fact]
    public async Task WrongAddress_Start_FailsTheMethod()
    {
        await using PtHost client = Client(["--wrong-address"]);

        await Assert.ThrowsAsync<PtFailedException>(() => client.Method("dummy"));
    }

    [Fact]
    public async Task Method_NeverReported_FailsWithDone()
    {
        await using PtHost client = Client([]);

        await Assert.ThrowsAsync<PtFailedException>(() => client.Method("nosuch"));
    }

    [Fact]
    public async Task Method_TransportGone_FailsWithItsExit()
    {
        await using PtHost client = Client(["--exit-at-start", "3"]);

        var failed = await Assert.ThrowsAsync<PtFailedException>(() => client.Method("dummy"));

        Assert.Contains("exited with 3", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ProxyError_Start_EndsBeforeTheMethods()
    {
        await using PtHost client = PtHost.Start(new()
        {
            Program = Programs.DummyTransport,
            Arguments = ["--proxy-error"],
            Names = ["dummy"],
            IsServer = false,
            Proxy = "socks5://127.0.0.1:9",
        });

        Assert.Equal(1, await client.Program.WaitForExitAsync());
        await client.Program.OutputEnded.Within("the end of stdout");
        Assert.StartsWith("PROXY-ERROR", client.Lines.Last(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task GarbageLongLineAndOtherTransports_Start_LeaveTheMethodReadable()
    {
        await using PtHost client = Client(["--garbage", "--long-line", "200000", "--other-transports"]);
        await client.WaitForDoneAsync();

        await client.Method("dummy");
        await client.Method("unasked");
        Assert.Contains(client.Lines, line => line.Length == 200_000);
        Assert.Contains(client.Lines, line => line.Contains('\0', StringComparison.Ordinal));
    }

    [Fact]
    public async Task Silent_Start_PrintsNothingAndEndsWithStdin()
    {
        await using PtHost client = Client(["--silent", "--flood-stderr", "1"]);
        await client.Program.ErrorLines.WaitForCountAsync(1);

        Assert.Equal(0, await client.CloseStdinAndWaitAsync());
        await client.Program.OutputEnded.Within("the end of stdout");
        Assert.Empty(client.Lines);
    }

    [Fact]
    public async Task NoDone_Start_ReportsTheMethodOnly()
    {
        await using PtHost client = Client(["--no-done"]);
        await client.Method("dummy");

        await client.CloseStdinAndWaitAsync();

        await client.Program.OutputEnded.Within("the end of stdout");
        Assert.DoesNotContain("CMETHODS DONE", client.Lines);
    }

    [Fact]
    public async Task Floods_Start_ArriveWhole()
    {
        await using PtHost client = Client(["--flood-stderr", "300000", "--flood-stdout", "5000"]);

        await client.Lines.WaitForAsync(line => line == "FLOOD line 4999", "the last line of the flood");
        await client.Program.ErrorLines.WaitForCountAsync(3000);
        Assert.Equal(300_000, client.Program.ErrorLines.Sum(line => line.Length + 1));
    }

    [Fact]
    public async Task IgnoreStdin_StdinEnds_LivesUntilSigterm()
    {
        await using PtHost client = Client(["--ignore-stdin"]);
        await client.WaitForDoneAsync();
        client.Program.CloseStdin();
        await client.Method("dummy");
        Assert.False(client.Program.Exited.IsCompleted);

        client.Program.Terminate();

        Assert.Equal(0, await client.Program.WaitForExitAsync());
    }

    [Fact]
    public async Task IgnoreSigterm_Sigterm_LivesUntilSigkill()
    {
        await using EchoServer echo = EchoServer.Start();
        await using PtHost client = Client(["--ignore-sigterm", "--ignore-stdin"]);
        await client.WaitForDoneAsync();
        client.Program.Terminate();
        client.Program.Terminate();
        using var socket = await SocksClient.ConnectAsync(await client.Method("dummy"), echo.EndPoint);
        await PtPair.AssertEchoAsync(socket);

        client.Program.Kill();

        Assert.Equal(128 + 9, await client.Program.WaitForExitAsync());
    }

    [Fact]
    public async Task CrashAfter_NthConnection_Ends()
    {
        await using EchoServer echo = EchoServer.Start();
        await using PtHost client = Client(["--crash-after", "2"]);
        using var first = await SocksClient.ConnectAsync(await client.Method("dummy"), echo.EndPoint);
        await PtPair.AssertEchoAsync(first);

        await Assert.ThrowsAnyAsync<Exception>(
            async () => await SocksClient.ConnectAsync(await client.Method("dummy"), echo.EndPoint));

        Assert.Equal(70, await client.Program.WaitForExitAsync());
    }

    [Fact]
    public async Task HangGrandchild_TransportEnds_OutlivesItAndHoldsStdout()
    {
        await using PtHost client = Client(["--hang-grandchild"]);
        await client.WaitForDoneAsync();
        int grandchild = Assert.Single(await ProcessTree.WaitForDescendantsAsync(client.Program.Id, 1));

        await client.CloseStdinAndWaitAsync();

        await ProcessTree.WaitUntilGoneAsync([client.Program.Id]);
        Assert.True(ProcessTree.IsAlive(grandchild));
        Assert.False(client.Program.OutputEnded.IsCompleted);
        using (var process = System.Diagnostics.Process.GetProcessById(grandchild))
        {
            process.Kill();
        }

        await ProcessTree.WaitUntilGoneAsync([grandchild]);
        await client.Program.OutputEnded.Within("the end of stdout");
    }

    private static PtHost Client(string[] flags, params string[] names) =>
        PtHost.StartClient(Programs.DummyTransport, flags, names.Length > 0 ? names : ["dummy"]);
}
