using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Plait.SystemTests.Doubles;

/// <summary>What one connection said before its payload.</summary>
/// <param name="UserAddress">The body of USERADDR as it came, or null without one.</param>
/// <param name="Transport">The body of TRANSPORT as it came, or null without one.</param>
/// <param name="UnknownCommands">How many other frames came.</param>
internal sealed record ExtOrPortIntroduction(string? UserAddress, string? Transport, int UnknownCommands);

/// <summary>
/// tor's Extended ORPort (ext-orport-spec): its own cookie file, both hashes checked, strict as tor is about bytes
/// after DONE (X16). After OKAY it echoes the payload.
/// </summary>
internal sealed class ExtOrPortDouble : IAsyncDisposable
{
    private const ushort DoneCommand = 0;
    private const ushort UserAddressCommand = 1;
    private const ushort TransportCommand = 2;

    private static readonly byte[] Okay = [0x10, 0x00, 0, 0];
    private static readonly byte[] Denial = [0x10, 0x01, 0, 0];

    private readonly byte[] _cookie = RandomNumberGenerator.GetBytes(32);
    private readonly LoopbackListener _listener;

    private ExtOrPortDouble()
    {
        CookieFile = Path.GetTempFileName();
        byte[] content = [.. "! Extended ORPort Auth Cookie !\n"u8, .. _cookie];
        File.WriteAllBytes(CookieFile, content);
        _listener = new(ServeAsync);
    }

    /// <summary>Where it listens: TOR_PT_EXTENDED_SERVER_PORT.</summary>
    public IPEndPoint EndPoint => _listener.EndPoint;

    /// <summary>Its cookie: TOR_PT_AUTH_COOKIE_FILE.</summary>
    public string CookieFile { get; }

    /// <summary>
    /// Answer a connection's first byte with a line: the address that it was introduced with, or nothing. So a client can
    /// tell whose address its own bytes arrived under.
    /// </summary>
    public bool TellsAddress { get; init; }

    /// <summary>What comes after OKAY in place of the echo.</summary>
    public Func<Socket, CancellationToken, Task>? Service { get; init; }

    /// <summary>From now on answer DONE with DENY.</summary>
    public bool Deny { get; set; }

    /// <summary>One for each connection that came as far as DONE.</summary>
    public Recorded<ExtOrPortIntroduction> Introductions { get; } = new("introductions at the Extended ORPort");

    /// <summary>Where each of them came from: what tor counts if it is told no client.</summary>
    public Recorded<IPAddress> Sources { get; } = new("sources of connections to the Extended ORPort");

    /// <summary>One for each connection that broke the rules, with the rule.</summary>
    public Recorded<string> Offences { get; } = new("offences at the Extended ORPort");

    /// <summary>How many connections are open now.</summary>
    public int Open => _listener.Open;

    /// <summary>Starts one on a free port.</summary>
    public static ExtOrPortDouble Start(bool tellsAddress = false, Func<Socket, CancellationToken, Task>? service = null) =>
        new() { TellsAddress = tellsAddress, Service = service };

    /// <summary>Waits until exactly so many connections are open.</summary>
    public Task WaitForOpenAsync(int count) => _listener.WaitForOpenAsync(count);

    /// <summary>Ends every connection with a reset.</summary>
    public void ResetConnections() => _listener.ResetConnections();

    /// <summary>Closes everything; the port refuses from now on.</summary>
    public Task StopAsync() => _listener.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync();
        File.Delete(CookieFile);
    }

    private async Task ServeAsync(Socket peer, CancellationToken stop)
    {
        if (!await AuthenticateAsync(peer, stop))
        {
            return;
        }

        ExtOrPortIntroduction introduction = await ReadIntroductionAsync(peer, stop);
        if (peer.Available > 0)
        {
            Offences.Add("bytes after DONE");
            return;
        }

        Sources.Add(((IPEndPoint)peer.RemoteEndPoint!).Address);
        Introductions.Add(introduction);
        await peer.WriteAllAsync(Deny ? Denial : Okay, stop);
        if (!Deny)
        {
            if (TellsAddress)
            {
                await peer.ReadExactlyAsync(1, stop);
                await peer.WriteAllAsync(Encoding.ASCII.GetBytes(introduction.UserAddress + "\n"), stop);
            }

            await (Service?.Invoke(peer, stop) ?? peer.CopyToAsync(peer, stop));
        }
    }

    private async Task<bool> AuthenticateAsync(Socket peer, CancellationToken stop)
    {
        await peer.WriteAllAsync(new byte[] { 1, 0 }, stop);
        if (await peer.ReadExactlyAsync(1, stop) is not [1])
        {
            Offences.Add("another authentication type than SAFE_COOKIE");
            return false;
        }

        byte[] clientNonce = await peer.ReadExactlyAsync(32, stop);
        byte[] serverNonce = RandomNumberGenerator.GetBytes(32);
        byte[] nonces = [.. clientNonce, .. serverNonce];
        byte[] answer = [.. Hash("ExtORPort authentication server-to-client hash"u8, nonces), .. serverNonce];
        await peer.WriteAllAsync(answer, stop);

        byte[] hash = await peer.ReadExactlyAsync(32, stop);
        byte[] expected = Hash("ExtORPort authentication client-to-server hash"u8, nonces);
        bool good = CryptographicOperations.FixedTimeEquals(hash, expected);
        if (!good)
        {
            Offences.Add("a wrong ClientHash");
        }

        await peer.WriteAllAsync(new[] { (byte)(good ? 1 : 0) }, stop);
        return good;
    }

    private byte[] Hash(ReadOnlySpan<byte> prefix, byte[] nonces)
    {
        byte[] message = [.. prefix, .. nonces];
        return HMACSHA256.HashData(_cookie, message);
    }

    private static async Task<ExtOrPortIntroduction> ReadIntroductionAsync(Socket peer, CancellationToken stop)
    {
        var introduction = new ExtOrPortIntroduction(null, null, 0);
        while (true)
        {
            byte[] head = await peer.ReadExactlyAsync(4, stop);
            byte[] body = await peer.ReadExactlyAsync(BinaryPrimitives.ReadUInt16BigEndian(head.AsSpan(2)), stop);
            ushort command = BinaryPrimitives.ReadUInt16BigEndian(head);
            if (command == DoneCommand)
            {
                return introduction;
            }

            introduction = command switch
            {
                UserAddressCommand => introduction with { UserAddress = Encoding.ASCII.GetString(body) },
                TransportCommand => introduction with { Transport = Encoding.ASCII.GetString(body) },
                _ => introduction with { UnknownCommands = introduction.UnknownCommands + 1 },
            };
        }
    }
}
