namespace Plait.Connections;

/// <summary>
/// An answer of the system that does not change while this process runs; the query is made once. Null, for want of a descriptor for the
/// query, is not kept: another user can provoke that.
/// </summary>
internal sealed class LastingAnswer(Func<bool?> ask)
{
    private int _known; // 0 not yet, 1 false, 2 true

    /// <summary>The answer; null if it cannot be had now.</summary>
    internal bool? Value
    {
        get
        {
            if (Volatile.Read(ref _known) is var known and not 0)
            {
                return known == 2;
            }

            bool? answer = ask();
            if (answer is { } lasting)
            {
                Volatile.Write(ref _known, lasting ? 2 : 1);
            }

            return answer;
        }
    }
}
