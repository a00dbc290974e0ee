using System.Buffers;
using System.Net.Sockets;
using Plait.Connections;
using Plait.Connections.Polling;
using Plait.Tests.Support;
using Plait.Wire.Handshakes;
using Xunit;

namespace Plait.Tests.Connections;

/// <summary>A handshake does alike with every back-end.</summary>
public abstract class HandshakeRunnerTests
{
    private readonly PollerSet _pollers;

    private protected HandshakeRunnerTests(PollerSet pollers) => _pollers = pollers;

    [Theory]
    [InlineData("n", HandshakeStep.Rejected)]
    [InlineData("y", HandshakeStep.Completed)]
    public async Task RunAsync_PeerAnswers_SaysHowItEnded(string answer, object step)
    {
        (SocketConnection here, SocketConnection there) = await PairAsync();
        Task<HandshakeOutcome> run = HandshakeRunner.RunAsync(here, new Question(), Deadline.Token);
        Assert.Equal("?", await there.ReceiveAsync(1)); // it speaks first
        await there.SendAsync("..");
        await there.SendAsync(answer);
        HandshakeOutcome outcome = await run.Within("the handshake ends");
        Assert.Equal(((HandshakeStep)step, answer == "n" ? "the peer said no" : ""), (outcome.Step, outcome.Why.ToString()));
        Assert.Equal(answer == "y" ? "thanks" : "pity", await there.ReceiveAsync(answer == "y" ? 6 : 4)); // sent in every case
    }

    [Fact]
    public async Task RunAsync_BytesAfterTheHandshake_StayUnread()
    {
        (SocketConnection here, SocketConnection there) = await PairAsync();
        await there.SendAsync("...ypayload");
        Assert.True((await HandshakeRunner.RunAsync(here, new Question(), Deadline.Token).Within("the handshake ends")).Completed);
        Assert.Equal("payload"u8.ToArray(), here.Unread.ToArray());
        await there.SendAsync(" and more");
        Assert.Equal("payload and more", await here.ReceiveAsync(16));
    }

    [Fact]
    public async Task RunAsync_PeerClosesInTheMiddle_IsRejectedWithASentence()
    {
        (SocketConnection here, SocketConnection there) = await PairAsync();
        await there.SendAsync(".");
        await there.DisposeAsync();
        HandshakeOutcome outcome = await HandshakeRunner.RunAsync(here, new Question(), Deadline.Token).Within("the handshake ends");
        Assert.False(outcome.Completed);
        Assert.Equal("the other side closed the connection during the handshake", outcome.Why.ToString());
    }

    [Fact]
    public async Task RunAsync_PeerResets_IsAnIOException()
    {
        (SocketConnection here, SocketConnection there) = await PairAsync();
        there.Abort();
        await Assert.ThrowsAsync<IOException>(() => HandshakeRunner.RunAsync(here, new Question(), Deadline.Token));
    }

    [Fact]
    public async Task RunAsync_Deadline_EndsIt()
    {
        (SocketConnection here, SocketConnection there) = await PairAsync();
        using var deadline = new CancellationTokenSource();
        Task<HandshakeOutcome> run = HandshakeRunner.RunAsync(here, new Question(), deadline.Token);
        Assert.Equal("?", await there.ReceiveAsync(1));
        await deadline.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.Within("the handshake ends"));
    }

    private async Task<(SocketConnection Here, SocketConnection There)> PairAsync()
    {
        (Socket here, Socket there) = await Loopback.PairAsync();
        return (SocketConnection.Of(here, _pollers), SocketConnection.Of(there, _pollers));
    }

    /// <summary>Asks "?", passes over dots, and is content with "y".</summary>
    private sealed class Question : IHandshake
    {
        private bool _asked;

        public string? Rejection { get; private set; }

        public HandshakeStep Advance(ReadOnlySpan<byte> input, out int consumed, IBufferWriter<byte> output)
        {
            if (!_asked)
            {
                output.Write("?"u8);
                _asked = true;
            }

            int dots = input.IndexOfAnyExcept((byte)'.');
            consumed = dots < 0 ? input.Length : dots + 1;
            if (dots < 0)
            {
                return HandshakeStep.Continue;
            }

            bool content = input[dots] == 'y';
            output.Write(content ? "thanks"u8 : "pity"u8);
            Rejection = content ? null : "the peer said no";
            return content ? HandshakeStep.Completed : HandshakeStep.Rejected;
        }
    }
}

/// <summary>With the back-end that this system has.</summary>
public sealed class PolledHandshakeTests() : HandshakeRunnerTests(Shared.Pollers);

/// <summary>Where there are no pollers.</summary>
public sealed class ManagedHandshakeTests() : HandshakeRunnerTests(Shared.ManagedSockets);
