using System.Text;
using Plait.Wire.Pt;

namespace Plait.Cli.Managed;

/// <summary>
/// stdout under tor: protocol lines and nothing else (G8, M2). Log lines wait until VERSION has been said, so that it is
/// always the first.
/// </summary>
internal sealed class PtOutput(Stream stdout)
{
    private const int MaxWaiting = 64; // arti's queue is as long (M53)

    private readonly Lock _lock = new();
    private readonly List<PtMessage> _waiting = [];
    private bool _begun;

    /// <summary>Says VERSION, then what has waited for it.</summary>
    internal void Begin()
    {
        lock (_lock)
        {
            _begun = true;
            Write(new VersionMessage("1"));
            _waiting.ForEach(Write);
            _waiting.Clear();
        }
    }

    /// <summary>Prints a line of the conversation now. Errors that end it may come before VERSION (E6).</summary>
    internal void Say(PtMessage message)
    {
        lock (_lock)
        {
            Write(message);
        }
    }

    /// <summary>Prints a LOG or STATUS line, behind VERSION.</summary>
    internal void Report(PtMessage message)
    {
        lock (_lock)
        {
            if (_begun)
            {
                Write(message);
            }
            else if (_waiting.Count < MaxWaiting)
            {
                _waiting.Add(message);
            }
        }
    }

    private void Write(PtMessage message)
    {
        try
        {
            stdout.Write(Encoding.ASCII.GetBytes(message.Format() + "\n")); // C28: no byte-order mark
            stdout.Flush();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // tor is gone, which its signal or the end of stdin tells us, or gave us a stdout that cannot be written.
        }
    }
}
