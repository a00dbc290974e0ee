using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Plait.SystemTests.Chains;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Doubles.Tests;
using Plait.SystemTests.Soak;

namespace Plait.SystemTests.Exhaustion;

/// <summary>
/// The published program under a small limit of descriptors: new connections are refused, existing ones live, and it is over
/// without help.
/// </summary>
public class DescriptorTests(ITestOutputHelper output)
{
    // Some 90 are in use before the first connection; each takes six in the Plait that has the limit (G7 counts them back).
    private const int Limit = 256;
    private const int FarMoreThanFit = Limit;

    // What the log says, once each.
    private const string Gone = "no descriptors are left";
    private const string Back = "descriptors are free again";

    [Theory]
    [InlineData("")]
    [InlineData(Plaitrc.ForceShim)]
    public async Task Client_NoneLeft_RefusesAndRecovers(string joint)
    {
        await using PublishedPair pair = await PublishedPair.StartAsync(
            Plaitrc.WithDummy("", "", more: joint), clientDescriptors: Limit, more: "plain");
        await ExhaustAsync(pair, pair.ClientId, pair.ClientLines);
    }

    [Fact]
    public async Task Client_NoneLeft_TheReplySaysThatItMayPass()
    {
        await using PublishedPair pair = await PublishedPair.StartAsync(Plaitrc.Obfs4Proxy(), clientDescriptors: Limit);
        using var open = new OpenConnections();
        Exception refusal = await open.FillAsync(pair);
        Assert.Equal(1, Assert.IsType<SocksRefusedException>(refusal).Code); // S18: arti comes back after this one
    }

    [Fact]
    public async Task Client_NoneLeft_AChildIsStartedAgain()
    {
        await using PublishedPair pair = await PublishedPair.StartAsync(
            Plaitrc.WithDummy("", ""), clientDescriptors: Limit, more: "plain");
        using var open = new OpenConnections();
        await open.FillAsync(pair);

        int dummy = ProcessTree.Descendants(pair.ClientId).Single(
            pid => ProcessTree.CommandLine(pid).Contains(Path.GetFileName(Programs.DummyTransport), StringComparison.Ordinal));
        Process.GetProcessById(dummy).Kill();

        await pair.ClientLines.WaitForAsync(line => line.Contains("runs again", StringComparison.Ordinal), "the program runs again");
        Assert.DoesNotContain(pair.ClientLines, line => line.Contains(Back, StringComparison.Ordinal)); // it was meanwhile
        await open.AssertAliveAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData(Plaitrc.ForceOrPort)]
    public async Task Bridge_NoneLeft_RefusesAndRecovers(string joint)
    {
        await using PublishedPair pair = await PublishedPair.StartAsync(Plaitrc.Obfs4Proxy(joint), bridgeDescriptors: Limit);
        await ExhaustAsync(pair, pair.Ids[1], pair.BridgeLines);
    }

    /// <summary>Under tor, who raises its own limit as far as it goes, all of it is used; programs that Plait starts get as many.</summary>
    [Fact]
    public async Task SoftLimit_BelowTheHardOne_IsRaisedForPlaitAndItsPrograms()
    {
        string plaitrc = Path.GetTempFileName();
        await File.WriteAllTextAsync(plaitrc, Plaitrc.Obfs4Proxy());
        await using PtHost client = PtHost.StartClient(
            "/bin/sh", ["-c", "ulimit -n 3000; ulimit -Sn 300; exec \"$@\"", "sh", PlaitProgram.Path, "-f", plaitrc], "obfs3_obfs4");
        await client.WaitForDoneAsync();
        foreach (int pid in ProcessTree.Descendants(client.Program.Id).Append(client.Program.Id))
        {
            string limit = File.ReadLines($"/proc/{pid}/limits").Single(line => line.StartsWith("Max open files", StringComparison.Ordinal));
            Assert.Equal(["3000", "3000"], limit.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3..5]);
        }

        File.Delete(plaitrc);
    }

    /// <param name="pair">Of which one side has the limit.</param>
    /// <param name="plait">That side's process.</param>
    /// <param name="said">What that side prints.</param>
    /// <summary>One side has no descriptor left, meets a client that wants still more, and gets some back.</summary>
    private async Task ExhaustAsync(PublishedPair pair, int plait, Recorded<string> said)
    {
        using var open = new OpenConnections();
        await open.FillAsync(pair);
        await said.WaitForAsync(line => line.Contains(Gone, StringComparison.Ordinal), Gone);
        await open.AssertAliveAsync();

        // A program of this machine that wants the very last ones connects to all ports, again and again, and says nothing.
        Socket[] silent = await Task.WhenAll(
            ListeningSockets.Of(plait).SelectMany(port => Enumerable.Repeat(port, FarMoreThanFit)).Select(ConnectAsync));
        Assert.True(silent.Length >= 2 * FarMoreThanFit, "there are joints to connect to");
        await Deadline.PollAsync(() => silent.Count(HasEnded) > silent.Length / 2 ? "reset" : null, "most of them are reset");
        await open.AssertAliveAsync();
        Assert.DoesNotContain(said, line => line.Contains(Back, StringComparison.Ordinal));
        output.WriteLine($"{open.Count} open, {ProcessTree.DescriptorCount(pair.ClientId)} descriptors in the client's Plait, {ProcessTree.DescriptorCount(pair.Ids[1])} in the bridge's");

        open.CloseHalf();
        Array.ForEach(silent, socket => socket.Dispose()); // of which much is said, but not in place of this:
        await said.WaitForAsync(line => line.Contains(Back, StringComparison.Ordinal), Back);
        using (Socket oneMore = await pair.OpenAsync())
        {
            await PtPair.AssertEchoAsync(oneMore, 300_000);
        }

        await open.AssertAliveAsync();
        Assert.Single(said, line => line.Contains(Gone, StringComparison.Ordinal));
        Assert.Single(said, line => line.Contains(Back, StringComparison.Ordinal));
        Assert.DoesNotContain(said, line => IsLog(line) && line.Contains("limit reached", StringComparison.Ordinal)); // nor for each connection
        Assert.Contains(said, line => !IsLog(line) && line.Contains("limit_reached", StringComparison.Ordinal)); // which STATUS is for
        Assert.DoesNotContain(said, line => line.Contains("did not expect", StringComparison.Ordinal));
    }

    private static bool IsLog(string line) => line.StartsWith("LOG ", StringComparison.Ordinal);

    private static async Task<Socket> ConnectAsync(IPEndPoint to)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(to);
        }
        catch (SocketException)
        {
            // A reset may be so quick that the connect itself is told.
        }

        return socket;
    }

    /// <summary>For one that the other side says nothing to.</summary>
    private static bool HasEnded(Socket socket) => !socket.Connected || socket.Poll(0, SelectMode.SelectRead);

    /// <summary>Connections that stand, and one among them that is never idle.</summary>
    private sealed class OpenConnections : IDisposable
    {
        private const int RefusedInARow = 10;

        private readonly List<Socket> _sockets = [];

        public int Count => _sockets.Count;

        /// <summary>
        /// Opens connections, bytes flowing over the first of them, until one is refused; then, with no byte flowing, until so many
        /// in a row are: what flowing bytes are lent, and what a refused connection holds until it is over, makes room for another.
        /// </summary>
        /// <returns>How the last was refused.</returns>
        public async Task<Exception> FillAsync(PublishedPair pair)
        {
            _sockets.Add(await pair.OpenAsync());
            using var full = new CancellationTokenSource();
            Task<int> traffic = KeepBusyAsync(_sockets[0], full.Token);
            await FillAsync(pair, refusedInARow: 1);
            Assert.True(Count > 5, $"{Count} connections are all that fit: too few to tell anything");
            await full.CancelAsync();
            Assert.True(await traffic.Within("the end of the traffic") > 0, "no traffic flowed");
            return await FillAsync(pair, RefusedInARow);
        }

        private async Task<Exception> FillAsync(PublishedPair pair, int refusedInARow)
        {
            for (int refused = 0; ;)
            {
                try
                {
                    _sockets.Add(await OpenAsync(pair));
                    Assert.True(Count < FarMoreThanFit, $"{Count} connections fit into {Limit} descriptors");
                    refused = 0;
                }
                catch (Exception e) when (e is SocksRefusedException or SocketException or EndOfStreamException)
                {
                    if (++refused == refusedInARow)
                    {
                        return e;
                    }
                }
            }
        }

        /// <summary>One that works. Where the far end refuses, the transports may have granted before.</summary>
        private static async Task<Socket> OpenAsync(PublishedPair pair)
        {
            Socket socket = await pair.OpenAsync();
            await socket.WriteAllAsync(new byte[] { 42 });
            Assert.Equal([42], await socket.ReadExactlyAsync(1).Within("an echo, or the end"));
            return socket;
        }

        /// <summary>Checks an echo over each.</summary>
        public Task AssertAliveAsync() => Task.WhenAll(_sockets.Select(socket => PtPair.AssertEchoAsync(socket, 100_000)));

        public void CloseHalf()
        {
            foreach (Socket socket in _sockets[(Count / 2)..])
            {
                socket.Dispose();
            }

            _sockets.RemoveRange(Count / 2, Count - (Count / 2));
        }

        public void Dispose() => _sockets.ForEach(socket => socket.Dispose());

        private static async Task<int> KeepBusyAsync(Socket socket, CancellationToken enough)
        {
            int rounds = 0;
            do
            {
                await PtPair.AssertEchoAsync(socket, 60_000);
                rounds++;
            }
            while (!enough.IsCancellationRequested);
            return rounds;
        }
    }
}
