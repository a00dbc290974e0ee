using System.Security.Cryptography;
using Plait.Native;

namespace Plait.Transports.Obfs4;

/// <summary>A bridge: its private key, what its clients know of it, and the seed of what it draws. Zeroes the key when it is disposed.</summary>
internal sealed class ServerIdentity : IDisposable
{
    private const int DelayLimit = 60; // s

    private readonly byte[] _privateKey;
    private readonly byte[] _seed;

    /// <param name="nodeId">20 bytes.</param>
    /// <param name="privateKey">32 bytes, as the state file has them: clamped when they are used, never here (O4-6).</param>
    /// <param name="seed">24 bytes.</param>
    internal ServerIdentity(ReadOnlySpan<byte> nodeId, ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> seed)
    {
        _privateKey = GC.AllocateUninitializedArray<byte>(Sodium.KeySize, pinned: true);
        privateKey.CopyTo(_privateKey);
        _seed = seed[..Drbg.SeedSize].ToArray();
        Span<byte> publicKey = stackalloc byte[Sodium.PointSize];
        Sodium.ScalarMultiplyBase(_privateKey, publicKey);
        Public = new(nodeId, publicKey);
        var source = new Drbg(seed);
        CloseDelay = TimeSpan.FromSeconds(GoRandom.Below(ref source, DelayLimit));
    }

    /// <summary>What its clients know.</summary>
    internal BridgeIdentity Public { get; }

    internal ReadOnlySpan<byte> PrivateKey => _privateKey;

    /// <summary>Clients are sent it, for their lengths and delays (O4-42).</summary>
    internal ReadOnlySpan<byte> Seed => _seed;

    /// <summary>How much longer than its limit a failed handshake is kept: 0 to 59 s, the same for each (O4-33).</summary>
    internal TimeSpan CloseDelay { get; }

    public void Dispose() => CryptographicOperations.ZeroMemory(_privateKey);

    /// <summary>Nothing of it (G5).</summary>
    public override string ToString() => nameof(ServerIdentity);
}
