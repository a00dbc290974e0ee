using System.Text;

namespace Plait.DummyTransport;

/// <summary>The lines to the parent (pt-spec 3.3), each spoiled as the flags ask.</summary>
internal sealed class ParentLines(Flags flags) : IDisposable
{
    // Unknown keywords that do not begin like a known one: tor aborts on CMETHODX (M9), which would test tor and not us.
    private static readonly byte[] Junk = [0x00, 0xff, 0xfe, 0x80, 0x0a, 0x0a, .. "HELLO to you\n nothing\n\r\n"u8];

    private readonly Lock _lock = new();
    private readonly Stream _output = Console.OpenStandardOutput();

    public void Say(string line)
    {
        if (flags.Silent)
        {
            return;
        }

        byte[] bytes = Encoding.UTF8.GetBytes(line + "\n");
        lock (_lock)
        {
            _output.Write(flags.Garbage ? [.. Junk, .. bytes] : bytes);
            _output.Flush();
        }
    }

    /// <summary>Blurts out a text, for the log and on stderr.</summary>
    public void Tell(string text)
    {
        Console.Error.WriteLine($"I was told {text}");
        Say($"LOG SEVERITY=warning MESSAGE=\"I was told {CString(text)}\"");
    }

    /// <summary>VERSION, and whatever may stand after it before the methods.</summary>
    public void SayVersion()
    {
        Say($"VERSION {flags.Version}");
        if (flags.LongLine is { } length)
        {
            Say(new string('x', length));
        }

        if (flags.Log is { } text)
        {
            Say($"LOG SEVERITY=notice MESSAGE=\"{CString(text)}\"");
        }

        if (flags.Status is { } status)
        {
            Say($"STATUS {status}");
        }
    }

    /// <summary>More than a pipe holds, on either stream: a parent that does not drain both is seen to hang.</summary>
    public void Flood()
    {
        for (int i = 0; i < flags.FloodStdout; i++)
        {
            Say($"FLOOD line {i}");
        }

        using Stream error = Console.OpenStandardError();
        byte[] line = [.. Enumerable.Repeat((byte)'e', 99), (byte)'\n'];
        for (int left = flags.FloodStderr ?? 0; left > 0; left -= line.Length)
        {
            error.Write(line.AsSpan(Math.Max(0, line.Length - left)));
        }
    }

    public void Dispose() => _output.Dispose();

    private static string CString(string text) => string.Concat(Encoding.UTF8.GetBytes(text).Select(b => b switch
    {
        (byte)'"' or (byte)'\\' => "\\" + (char)b,
        >= 0x20 and < 0x7f => ((char)b).ToString(),
        _ => "\\" + Convert.ToString(b, 8).PadLeft(3, '0'),
    }));
}
