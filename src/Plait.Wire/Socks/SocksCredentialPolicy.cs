namespace Plait.Wire.Socks;

/// <summary>Who may come in, and what the credentials mean.</summary>
public abstract record SocksCredentialPolicy
{
    private protected SocksCredentialPolicy()
    {
    }

    /// <summary>
    /// Towards tor: credentials are per-connection arguments. User and password is chosen whenever offered, or tor would
    /// drop them in silence (S3); SOCKS4 has them in the user id (S7).
    /// </summary>
    public sealed record TransportArguments : SocksCredentialPolicy;

    /// <summary>A listener for one client that knows a secret: user and password or nothing, no SOCKS4.</summary>
    /// <param name="User">1 to 255 bytes.</param>
    /// <param name="Secret">1 to 255 bytes.</param>
    public sealed record Password(ReadOnlyMemory<byte> User, ReadOnlyMemory<byte> Secret) : SocksCredentialPolicy
    {
        /// <summary>The name alone.</summary>
        public override string ToString() => nameof(Password);
    }
}
