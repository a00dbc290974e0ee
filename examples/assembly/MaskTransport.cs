using System.Buffers;
using System.Globalization;
using Plait.Connections;
using Plait.Diagnostics.Failures;
using Plait.Transports;
using Plait.Wire.Arguments;

namespace Plait.Examples;

/// <summary>
/// A transport of one file, client and server: it changes each byte by a number, the argument <c>key</c>, and begins with a byte that tells
/// whether both sides have the same. It hides nothing; it shows what a transport has to do.
/// </summary>
/// <remarks>
/// <code>
/// ClientTransportPlugin mask assembly /path/of/MaskTransport.dll Plait.Examples.MaskTransport
/// ServerTransportPlugin mask assembly /path/of/MaskTransport.dll Plait.Examples.MaskTransport
/// ServerTransportOptions mask key=90
/// </code>
/// An application registers it in code: <c>Transports = { ["mask"] = new(new MaskTransport(), new MaskTransport()) }</c> of its HostSettings.
/// </remarks>
public sealed class MaskTransport : IClientTransport, IServerTransport
{
    private const byte Greeting = (byte)'m';
    private const byte DefaultKey = 42;

    /// <inheritdoc cref="IClientTransport.Name"/>
    public string Name => "mask";

    /// <inheritdoc/>
    public IClientHandshake Prepare(ClientTransportContext context) => new Client(KeyOf(context.Arguments));

    /// <inheritdoc/>
    public ValueTask<IPreparedServer> PrepareAsync(ServerTransportContext context, CancellationToken cancellationToken) =>
        new(new Server(KeyOf(context.Options)));

    private static byte KeyOf(PtArguments arguments)
    {
        string? text = arguments.FirstOrDefault(argument => argument.Key == "key").Value;
        return text is null ? DefaultKey
            : byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out byte key) ? key
            : throw new TransportException(FailureCause.ArgumentWrong, $"its argument key is no number from 0 to 255")
            {
                Advice = $"correct the key",
            };
    }

    private sealed class Client(byte key) : IClientHandshake
    {
        public async ValueTask<ByteConnection> ConnectAsync(ByteConnection wire, CancellationToken cancellationToken)
        {
            var stream = new MaskedConnection(wire, key);
            await stream.WriteAsync(new[] { Greeting }, cancellationToken).ConfigureAwait(false);
            return stream;
        }
    }

    private sealed class Server(byte key) : IPreparedServer
    {
        public PtArguments ClientArguments { get; } = new([new("key", key.ToString(CultureInfo.InvariantCulture))]);

        public async ValueTask<ByteConnection> AcceptAsync(ByteConnection wire, CancellationToken cancellationToken)
        {
            var stream = new MaskedConnection(wire, key);
            byte[] first = new byte[1];
            return await stream.ReadAsync(first, cancellationToken).ConfigureAwait(false) == 1 && first[0] == Greeting
                ? stream
                : throw new TransportException(FailureCause.ProtocolViolated, $"the client has another key, or speaks another transport");
        }
    }

    private sealed class MaskedConnection(ByteConnection wire, byte key) : ByteConnection
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
        {
            int count = await wire.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            Mask(buffer.Span[..count]);
            return count;
        }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
        {
            byte[] masked = ArrayPool<byte>.Shared.Rent(buffer.Length); // the buffer is the caller's: it is not changed
            buffer.CopyTo(masked);
            Mask(masked.AsSpan(0, buffer.Length));
            await wire.WriteAsync(masked.AsMemory(0, buffer.Length), cancellationToken).ConfigureAwait(false);
            ArrayPool<byte>.Shared.Return(masked); // not on failure: an aborted write may still hold it
        }

        public override ValueTask CompleteWritesAsync(CancellationToken cancellationToken) => wire.CompleteWritesAsync(cancellationToken);

        public override void Abort() => wire.Abort();

        public override ValueTask DisposeAsync() => wire.DisposeAsync();

        private void Mask(Span<byte> bytes)
        {
            foreach (ref byte one in bytes)
            {
                one ^= key;
            }
        }
    }
}
