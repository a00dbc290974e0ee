using System.Net.Sockets;
using Plait.SystemTests.Chains;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Doubles.Tests;

namespace Plait.SystemTests.Lifecycle;

/// <summary>
/// However Plait ends, no child survives it (G7): the real obfs4proxy, and a child that ignores both the end of its stdin
/// and SIGTERM.
/// </summary>
public sealed class EndTests : IDisposable
{
    private const string Chain = "plain_obfs4";

    private readonly string _folder = Directory.CreateTempSubdirectory("plait-end-").FullName;

    public enum Kind
    {
        Sigterm,
        SigintWhileIdle,
        SigintTwice,
        StdinClose,
        SigtermAndStdinClose,
    }

    [Theory]
    [InlineData(Kind.Sigterm, false)]
    [InlineData(Kind.Sigterm, true)]
    [InlineData(Kind.SigintWhileIdle, false)]
    [InlineData(Kind.SigintWhileIdle, true)]
    [InlineData(Kind.SigintTwice, false)]
    [InlineData(Kind.SigintTwice, true)]
    [InlineData(Kind.StdinClose, false)]
    [InlineData(Kind.StdinClose, true)]
    [InlineData(Kind.SigtermAndStdinClose, false)]
    public async Task End_Orderly_LeavesNoChildAndExitsWithZero(Kind kind, bool stubborn)
    {
        await using Sides sides = await StartAsync(stubborn);
        IReadOnlyList<int> family = await sides.FamilyAsync();
        Socket? open = kind == Kind.SigintWhileIdle ? null : await sides.OpenAsync();

        foreach (PtHost plait in new[] { sides.Client, sides.Bridge })
        {
            await EndAsync(plait, kind, isSecond: plait == sides.Bridge);
            Assert.Equal(0, await plait.Program.WaitForExitAsync(PromptEndTests.Allowed));
        }

        await ProcessTree.WaitUntilGoneAsync(family, PromptEndTests.Allowed);
        open?.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Kill_WhileChainsWork_LeavesNoChild(bool stubborn)
    {
        await using Sides sides = await StartAsync(stubborn);
        IReadOnlyList<int> family = await sides.FamilyAsync();
        using Socket open = await sides.OpenAsync();

        sides.Client.Program.Kill();
        sides.Bridge.Program.Kill();

        await ProcessTree.WaitUntilGoneAsync(family, PromptEndTests.Allowed);
    }

    [Fact]
    public async Task Kill_DuringTheStart_LeavesNoChild()
    {
        // A child that never finishes its start, and ignores every request to end.
        string plaitrc = Write("--silent --ignore-stdin --ignore-sigterm");
        await using PtHost plait = PtHost.StartClient(PlaitProgram.Path, ["-f", plaitrc], "plain");
        IReadOnlyList<int> family = await ProcessTree.WaitForDescendantsAsync(plait.Program.Id, 2); // the child and its guard

        plait.Program.Kill();

        await ProcessTree.WaitUntilGoneAsync(family, PromptEndTests.Allowed);
    }

    [Fact]
    public async Task Sigint_ConnectionIsOpen_KeepsItAndEndsWithIt()
    {
        await using Sides sides = await StartAsync(stubborn: false);
        Socket open = await sides.OpenAsync();

        sides.Client.Program.Interrupt();
        await WaitUntilRefusedAsync(await sides.Client.Method(Chain));

        await PtPair.AssertEchoAsync(open, 100_000); // still works
        Assert.False(sides.Client.Program.Exited.IsCompleted);
        open.Dispose();
        Assert.Equal(0, await sides.Client.Program.WaitForExitAsync(PromptEndTests.Allowed));
    }

    [Fact]
    public async Task StdinClose_WithoutTheVariable_IsIgnored()
    {
        string plaitrc = Write("");
        await using PtHost plait = PtHost.Start(new()
        {
            Program = PlaitProgram.Path, Arguments = ["-f", plaitrc], Names = ["plain"], IsServer = false, ExitOnStdinClose = false,
        });
        await plait.WaitForDoneAsync();

        plait.Program.CloseStdin();

        using var still = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await still.ConnectAsync(await plait.Method("plain"));
        await still.WriteAllAsync(new byte[] { 5, 1, 0 });
        Assert.Equal([5, 0], await still.ReadExactlyAsync(2).Within("an answer after stdin was closed")); // E13
        Assert.False(plait.Program.Exited.IsCompleted);
    }

    [Fact]
    public async Task Child_Dies_IsStartedAgainAtTheSameListener()
    {
        await using Sides sides = await StartAsync(stubborn: false);
        using (Socket before = await sides.OpenAsync())
        {
            await PtPair.AssertEchoAsync(before);
        }

        foreach (PtHost plait in new[] { sides.Client, sides.Bridge })
        {
            foreach (int child in ProcessTree.Descendants(plait.Program.Id).Where(IsTransport))
            {
                System.Diagnostics.Process.GetProcessById(child).Kill();
            }
        }

        await Deadline.PollAsync(() => TryOpen(sides), "the chain works again", details: sides.Said);
        Assert.Single(sides.Client.Lines, line => line.StartsWith("CMETHOD " + Chain, StringComparison.Ordinal));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static bool IsTransport(int process) =>
        ProcessTree.CommandLine(process) is var line && (line.Contains("obfs4proxy") || line.Contains("dummy-transport"));

    private static string? TryOpen(Sides sides)
    {
        try
        {
            using Socket socket = sides.OpenAsync().GetAwaiter().GetResult();
            PtPair.AssertEchoAsync(socket).GetAwaiter().GetResult();
            return "open";
        }
        catch (Exception e) when (e is SocksRefusedException or SocketException or EndOfStreamException)
        {
            return null;
        }
    }

    private static async Task EndAsync(PtHost plait, Kind kind, bool isSecond)
    {
        switch (kind)
        {
            case Kind.Sigterm:
                plait.Program.Terminate();
                break;
            case Kind.SigintWhileIdle:
                plait.Program.Interrupt();
                break;
            case Kind.SigintTwice:
                plait.Program.Interrupt();
                await WaitUntilRefusedAsync(await plait.Method(Chain)); // two at once would be one to the kernel
                try
                {
                    plait.Program.Interrupt();
                }
                catch (InvalidOperationException) when (isSecond)
                {
                    // The first side's end has ended the connection: the second one was idle, and the first signal enough.
                }

                break;
            case Kind.StdinClose:
                plait.Program.CloseStdin();
                break;
            default: // as tor ends: all within a millisecond (L2)
                plait.Program.Terminate();
                plait.Program.CloseStdin();
                plait.Program.Terminate();
                break;
        }
    }

    private static Task WaitUntilRefusedAsync(System.Net.IPEndPoint listener) => Deadline.PollAsync(
        () =>
        {
            using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                probe.Connect(listener);
                return null;
            }
            catch (SocketException)
            {
                return "refused";
            }
        },
        "the listener is closed");

    private string Write(string dummyFlags)
    {
        string path = Path.Combine(_folder, $"plaitrc-{Guid.NewGuid():N}");
        File.WriteAllText(path, Plaitrc.WithDummy(dummyFlags, dummyFlags));
        return path;
    }

    private async Task<Sides> StartAsync(bool stubborn)
    {
        string plaitrc = Write(stubborn ? "--ignore-stdin --ignore-sigterm" : "");
        var sides = new Sides(plaitrc, ExtOrPortDouble.Start());
        await sides.Client.WaitForDoneAsync();
        await sides.Bridge.WaitForDoneAsync();
        return sides;
    }

    private sealed class Sides(string plaitrc, ExtOrPortDouble tor) : IAsyncDisposable
    {
        internal PtHost Bridge { get; } = PtHost.StartServer(PlaitProgram.Path, ["-f", plaitrc], tor, Chain);

        internal PtHost Client { get; } = PtHost.StartClient(PlaitProgram.Path, ["-f", plaitrc], Chain);

        /// <summary>On each side two transports and the guard.</summary>
        internal async Task<IReadOnlyList<int>> FamilyAsync() =>
        [
            .. await ProcessTree.WaitForDescendantsAsync(Client.Program.Id, 3),
            .. await ProcessTree.WaitForDescendantsAsync(Bridge.Program.Id, 3),
        ];

        internal async Task<Socket> OpenAsync()
        {
            PtMethod bridge = await Bridge.MethodLine(Chain);
            return await SocksClient.ConnectAsync(await Client.Method(Chain), bridge.EndPoint, bridge.ArgumentList);
        }

        internal string Said() => string.Join('\n', Client.Lines.Concat(Bridge.Lines));

        public async ValueTask DisposeAsync()
        {
            await Client.DisposeAsync();
            await Bridge.DisposeAsync();
            await tor.DisposeAsync();
        }
    }
}
