using Plait.Chains;
using Plait.Chains.Client;
using Plait.Chains.Server;
using Plait.Configuration;
using Plait.Connections;
using Plait.Diagnostics.Events;
using Plait.Hops;
using Plait.Hosting;
using Plait.Tests.Support;
using Plait.Wire.Arguments;
using Xunit;

namespace Plait.Tests.Hosting;

/// <summary>A kind of hop that Plait does not know is added by a line in the table of kinds.</summary>
public sealed class HopKindTests
{
    private static readonly HopKind s_upperCase = new(typeof(UpperCased), _ => new ClientProvider(), _ => new ServerProvider());

    [Theory]
    [InlineData("upper")]
    [InlineData("upper", "b64")]
    [InlineData("dummy", "upper", "b64")]
    public async Task All_WithAnotherKind_CarriesBytesThroughItsHops(params string[] chain)
    {
        TransportDeclaration[] hops = [.. chain.Select(name =>
            name == "upper" ? new(name, new UpperCased(), false, default, default, default) : TransportDeclaration.InProcess()[name])];
        await using LoopbackChain pair = await LoopbackChain.StartAsync(hops, [.. HopKind.All, s_upperCase]);
        (SocketConnection near, bool granted) = await pair.OpenAsync(PtArguments.Empty);
        await using (near)
        {
            Assert.True(granted);
            await near.SendAsync("to tor");
            SocketConnection far = await pair.ArrivalAsync();
            Assert.Equal("TO TOR", await far.ReceiveAsync(6));
            await far.SendAsync("to the client");
            Assert.Equal("TO THE CLIENT", await near.ReceiveAsync(13));
        }
    }

    [Fact]
    public async Task LingerTimeout_OfAHop_IsThatOfItsConnections()
    {
        TransportDeclaration hop = new("upper", new UpperCased(), false, default, default, default);
        await using LoopbackChain pair = await LoopbackChain.StartAsync([hop], [.. HopKind.All, s_upperCase]);
        (SocketConnection near, _) = await pair.OpenAsync(PtArguments.Empty);
        await using (near)
        {
            await pair.ArrivalAsync(); // and never ends
            await near.FinishAsync();
            Assert.Empty((await near.ReceiveAllAsync()).Bytes);
        }
    }

    private sealed record UpperCased : TransportSource
    {
        public override bool IsPartOfPlait => true;
    }

    private sealed class ClientProvider : ClientHopProvider
    {
        internal override ClientHop HopOf(ChainDefinition chain, int hop) => new UpperCaseClientHop();
    }

    private sealed class ServerProvider : ServerHopProvider
    {
        internal override ServerHop HopOf(ChainDefinition chain, int hop) => new UpperCaseServerHop();
    }

    private sealed class UpperCaseClientHop : ClientHop
    {
        internal override TimeSpan LingerTimeout(Limits limits) => TimeSpan.FromMilliseconds(20);

        internal override async Task<ByteConnection> DialAsync(HopOpening hop, CancellationToken cancellationToken)
        {
            hop.Trace.RunsIn(HopTrace.InProcess);
            hop.Trace.Joint = JointKind.InProcess;
            return new UpperCaseConnection(await hop.DialNextCountedAsync(cancellationToken));
        }
    }

    private sealed class UpperCaseServerHop : ServerHop
    {
        internal override ValueTask<HopPassage> EnterAsync(
            ServerConnection connection, int hop, ByteConnection outer, CancellationToken cancellationToken)
        {
            HopTrace trace = connection.Connection.Hops[hop];
            trace.RunsIn(HopTrace.InProcess);
            trace.Joint = JointKind.InProcess;
            return new(new HopPassage(new UpperCaseConnection(new CountedConnection(outer, trace)), Way: null));
        }
    }

    /// <summary>Writes in upper case what it is given.</summary>
    private sealed class UpperCaseConnection(ByteConnection wire) : ByteConnection
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) => wire.ReadAsync(buffer, cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken) =>
            wire.WriteAsync(buffer.ToArray().Select(letter => letter is >= (byte)'a' and <= (byte)'z' ? (byte)(letter - 32) : letter).ToArray(), cancellationToken);

        public override ValueTask CompleteWritesAsync(CancellationToken cancellationToken) => wire.CompleteWritesAsync(cancellationToken);

        public override void Abort() => wire.Abort();

        public override ValueTask DisposeAsync() => wire.DisposeAsync();
    }
}
