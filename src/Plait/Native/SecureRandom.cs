using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Plait.Native;

/// <summary>
/// Random bytes for secrets, from the kernel: getrandom(2). Not from the runtime's generator, which on Linux is OpenSSL's: loading
/// that library costs 5 ms and 4 MB of each start, and the runtime aborts where there is none.
/// </summary>
[ProgramSeam]
internal static partial class SecureRandom
{
    /// <summary>So many random bytes.</summary>
    internal static byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        Fill(bytes);
        return bytes;
    }

    /// <summary>So many random bytes as lower-case hexadecimal digits.</summary>
    internal static string Hex(int bytes) => Convert.ToHexStringLower(Bytes(bytes));

    /// <summary>A number from 0 up to, and without, <paramref name="limit"/>; each as likely as the others.</summary>
    internal static int Number(int limit)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        ulong range = (ulong)limit;
        ulong fair = ulong.MaxValue - (ulong.MaxValue % range); // beyond it, small numbers would be likelier
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        ulong value;
        do
        {
            Fill(bytes);
            value = MemoryMarshal.Read<ulong>(bytes);
        }
        while (value >= fair);
        return (int)(value % range);
    }

    /// <summary>Fills with random bytes.</summary>
    internal static void Fill(Span<byte> bytes)
    {
        if (!OperatingSystem.IsLinux())
        {
            RandomNumberGenerator.Fill(bytes);
            return;
        }

        while (bytes.Length > 0)
        {
            nint count = GetRandom(bytes, bytes.Length, 0);
            if (count > 0)
            {
                bytes = bytes[(int)count..];
            }
            else if (Libc.Error is not Libc.Interrupted and var error)
            {
                throw new CryptographicException($"The system gives no random bytes: {Libc.Describe(error)}");
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "getrandom", SetLastError = true)]
    private static partial nint GetRandom(Span<byte> buffer, nint length, uint flags);
}
