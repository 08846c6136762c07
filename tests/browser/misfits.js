// What does not fit in the page as it stands: sideways scrolling, small targets, small text.
() => {
    const found = [];
    const root = document.scrollingElement;
    const surface = document.body.dataset.surface;
    const least = surface === "till" ? 64 : 48;
    const smallest = { till: 20, desk: 14 }[surface] ?? 16;
    const seen = (element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest(".vh, .skip");

    if (root.scrollWidth > innerWidth) found.push(`scrolls sideways: ${root.scrollWidth} > ${innerWidth}`);

    for (const target of document.querySelectorAll("button, .btn, select, input, .tabs a, .rail a")) {
        if (!seen(target) || target.type === "hidden" || target.closest("#api-docs")) continue;
        const box = (target.closest("label.check") ?? target).getBoundingClientRect();
        if (box.height < least - 0.5) found.push(`target ${Math.round(box.height)} px high: ${target.outerHTML.slice(0, 90)}`);
    }

    const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node; (node = words.nextNode()); ) {
        const holder = node.parentElement;
        if (!node.data.trim() || !seen(holder) || holder.closest("svg, script, #api-docs")) continue;
        const size = parseFloat(getComputedStyle(holder).fontSize);
        if (size < smallest - 0.1) found.push(`${size} px text: ${node.data.trim().slice(0, 40)}`);
    }
    return found;
};
