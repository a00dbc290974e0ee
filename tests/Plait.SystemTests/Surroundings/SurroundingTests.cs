using System.Net.Sockets;
using System.Runtime.Versioning;
using Plait.SystemTests.BadInput;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Doubles.Tests;
using Plait.Wire.Pt;

namespace Plait.SystemTests.Surroundings;

/// <summary>
/// Plait runs wherever obfs4proxy runs (G13). Each row of the table is made for a client and for a bridge, once around
/// obfs4proxy alone and once around Plait with a chain of two hops; the other end stands outside.
/// </summary>
[SupportedOSPlatform("linux")]
public class SurroundingTests(OtherEnds ends) : IClassFixture<OtherEnds>
{
    private const int MiB = 1 << 20;

    /// <summary>The control run: what the table says of obfs4proxy is so.</summary>
    [Theory]
    [MemberData(nameof(Surrounding.Rows), MemberType = typeof(Surrounding))]
    public Task Obfs4Proxy_InTheSurrounding_DoesWhatTheTableSays(string surrounding, PtRole role) =>
        RunAsync(surrounding, role, isPlait: false);

    [Theory]
    [MemberData(nameof(Surrounding.Rows), MemberType = typeof(Surrounding))]
    public Task Plait_InTheSurrounding_DoesWhatTheTableSays(string surrounding, PtRole role) =>
        RunAsync(surrounding, role, isPlait: true);

    private async Task RunAsync(string name, PtRole role, bool isPlait)
    {
        Surrounding surrounding = Surrounding.All.Single(row => row.Name == name);
        using var place = new Place(ends.Plait);
        string[] options = place.OptionsOf(surrounding);
        string tool = await Confine.RequireAsync(options);
        PtLaunch launch = ends.Launch(isPlait, role);
        await using PtHost side = PtHost.Start(launch with
        {
            Program = tool,
            Arguments = [.. options, "--", launch.Program, .. launch.Arguments],
            StateLocation = place.State,
            ExitOnStdinClose = surrounding.ExitOnStdinClose,
        });

        await AssertAsync(isPlait ? surrounding.Expected : surrounding.Control, side, surrounding, role, isPlait);

        if (isPlait)
        {
            CleanOutput.AssertUnderTor(side.Lines, side.Program.ErrorLines);
        }

        if (isPlait && surrounding.LoggedOnce is { } text)
        {
            Assert.Single(side.Lines, line => line.Contains(text, StringComparison.Ordinal));
        }
    }

    private async Task AssertAsync(Outcome outcome, PtHost side, Surrounding surrounding, PtRole role, bool isPlait)
    {
        switch (outcome)
        {
            case Outcome.MovesData:
                using (Socket socket = await ends.OpenAsync(side, isPlait, role))
                {
                    await PtPair.AssertEchoAsync(socket, MiB);
                }

                await side.WaitForDoneAsync();
                await AssertEndsWellAsync(side, surrounding);
                break;
            case Outcome.EndsAtOnce:
                await side.WaitForDoneAsync();
                Assert.Equal(0, await side.Program.WaitForExitAsync());
                break;
            case Outcome.IsMute:
                await ProcessTree.WaitForDescendantsAsync(side.Program.Id, 1);
                await AssertEndsWellAsync(side, surrounding);
                Assert.Empty(side.Lines);
                break;
            default:
                Assert.NotEqual(0, await side.Program.WaitForExitAsync());
                break;
        }
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
