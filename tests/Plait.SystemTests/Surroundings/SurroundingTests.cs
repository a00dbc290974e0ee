using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Plait.Diagnostics.Failures;
using Plait.SystemTests.BadInput;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Doubles.Tests;
using Plait.SystemTests.Program;
using Plait.SystemTests.TorNet;
using Plait.Wire.Pt;

namespace Plait.SystemTests.Surroundings;

/// <summary>
/// Plait runs wherever obfs4proxy runs (G13). Each row of the table is made for a client and for a bridge, once around
/// obfs4proxy alone and once around Plait with a chain of two hops; the other end stands outside.
/// </summary>
[SupportedOSPlatform("linux")]
public class SurroundingTests(OtherEnds ends, ITestOutputHelper output) : IClassFixture<OtherEnds>
{
    private const int MiB = 1 << 20;

    /// <summary>The control run: what the table says of obfs4proxy is so.</summary>
    [Theory]
    [MemberData(nameof(Surrounding.ControlRows), MemberType = typeof(Surrounding))]
    public Task Obfs4Proxy_InTheSurrounding_DoesWhatTheTableSays(string surrounding, PtRole role) =>
        RunAsync(surrounding, role, isPlait: false);

    [Theory]
    [MemberData(nameof(Surrounding.Rows), MemberType = typeof(Surrounding))]
    public async Task Plait_InTheSurrounding_DoesWhatTheTableSays(string surrounding, PtRole role)
    {
        await PublishedProgram.RequireNativeAsync();
        await RunAsync(surrounding, role, isPlait: true);
    }

    private async Task RunAsync(string name, PtRole role, bool isPlait)
    {
        Surrounding surrounding = Surrounding.Of(name);
        using var place = new Place(ends.Plait);
        string[] options = place.OptionsOf(surrounding);
        string tool = await Confine.RequireAsync(options);
        PtLaunch launch = ends.Launch(isPlait, role, surrounding.OneProcess);
        IPEndPoint address = FreePorts.TakeEndPoint();
        await using PtHost side = PtHost.Start(launch with
        {
            Program = tool,
            Arguments = [.. options, "--", launch.Program, .. launch.Arguments],
            StateLocation = place.State,
            ExitOnStdinClose = surrounding.ExitOnStdinClose,
            BindAddresses = launch.Names.ToDictionary(chain => chain, _ => $"{address}"),
        });

        try
        {
            await AssertAsync(isPlait ? surrounding.Expected : surrounding.Control);
        }
        finally
        {
            output.WriteLine($"{side.Lines.Tail()}\n{side.Program.ErrorLines.Tail()}"); // shown where the test fails
        }

        if (isPlait)
        {
            CleanOutput.AssertUnderTor(side.Lines, side.Program.ErrorLines);
        }

        if (isPlait && surrounding.LoggedOnce is { } text)
        {
            Assert.Single(side.Lines, line => line.Contains(text, StringComparison.Ordinal));
        }

        async Task AssertAsync(Outcome outcome)
        {
            switch (outcome)
            {
                case Outcome.MovesData:
                    await MoveDataAsync(() => ends.OpenAsync(side, isPlait, role));
                    await side.WaitForDoneAsync();
                    break;
                case Outcome.EndsAtOnce:
                    Assert.Equal(0, await side.Program.WaitForExitAsync());
                    await side.Program.StreamsEnded.Within("the end of the streams");
                    Assert.Equal("VERSION 1", side.Lines.First());
                    return;
                case Outcome.IsUnheard when role == PtRole.Client:
                    await ProcessTree.WaitForDescendantsAsync(side.Program.Id, 1);
                    break;
                case Outcome.IsUnheard:
                    await MoveDataAsync(async () => await ends.OpenAsync(isPlait, address, await place.BridgeArgumentsAsync(address)));
                    Assert.Empty(side.Lines);
                    break;
                case Outcome.Refuses:
                    await side.WaitForDoneAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // it may have ended
                    await MoveDataAsync(() => ends.OpenAsync(side, isPlait, role)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    await AssertRefusesAsync(side);
                    return;
                default:
                    await side.WaitForDoneAsync();
                    if (side.Lines.Any(line => line.EndsWith("tor starts Plait again each second until it works; a change of the torrc needs a reload of tor (SIGHUP)", StringComparison.Ordinal)))
                    {
                        Assert.Equal((int)ExitCode.Shortage, await side.Program.WaitForExitAsync()); // none of a bridge's programs came up
                        return;
                    }

                    await MoveDataAsync(() => ends.OpenAsync(side, isPlait, role))
                        .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // whether a child lived long enough
                    Assert.False(side.Program.Exited.IsCompleted);
                    break;
            }

            await AssertEndsWellAsync(side, surrounding);
        }
    }

    /// <summary>The reason was reported, and the end was orderly, whether Plait ended by itself or was asked to.</summary>
    private static async Task AssertRefusesAsync(PtHost side)
    {
        IReadOnlyList<int> family = ProcessTree.Descendants(side.Program.Id);
        int code = await side.CloseStdinAndWaitAsync(); // it may be ending by itself
        await ProcessTree.WaitUntilGoneAsync(family);
        await side.Program.StreamsEnded.Within("the end of the streams");

        Assert.Contains((ExitCode)code, new[] { ExitCode.Success, ExitCode.Shortage });
        Assert.Contains(side.Lines, line => line.Contains("-ERROR ", StringComparison.Ordinal)
            || line.StartsWith("LOG SEVERITY=warning ", StringComparison.Ordinal) || line.StartsWith("LOG SEVERITY=error ", StringComparison.Ordinal));
        if (code != 0)
        {
            Assert.Matches("^([CS]METHODS DONE|ENV-ERROR .+)$", side.Lines.Last(line => !line.StartsWith("STATUS ", StringComparison.Ordinal) && !line.StartsWith("LOG ", StringComparison.Ordinal)));
        }
    }

    private static async Task MoveDataAsync(Func<Task<Socket>> open)
    {
        using Socket socket = await open();
        await PtPair.AssertEchoAsync(socket, MiB);
    }

    /// <summary>The end that tor asks for comes, with 0, and no process is left.</summary>
    private static async Task AssertEndsWellAsync(PtHost side, Surrounding surrounding)
    {
        IReadOnlyList<int> family = ProcessTree.Descendants(side.Program.Id);
        if (surrounding.ExitOnStdinClose)
        {
            side.Program.CloseStdin();
        }
        else
        {
            side.Program.Terminate();
        }

        Assert.Equal(0, await side.Program.WaitForExitAsync());
        await ProcessTree.WaitUntilGoneAsync(family);
        await side.Program.StreamsEnded.Within("the end of the streams");
    }
}
